package dev.tollgate.crd.tenant;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.access.Trust;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who buys, on which plan. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TenantSpec(
    @JsonPropertyDescription("Name for people.") @Nullable String displayName,
    @JsonPropertyDescription("Name of the Plan.") @Required String plan,
    @JsonPropertyDescription(
            "E-mail address, shown to administrators; a customer made at the billing provider has it.")
        @Nullable String contact,
    @JsonPropertyDescription("IANA zone of the billing cycle's midnight; UTC when absent.")
        @Default("UTC")
        @Nullable String timeZone,
    @JsonPropertyDescription("The tenant's own tokens.") @Nullable List<Trust> trusts,
    @JsonPropertyDescription(
            "Refuse every request with 403, except for reading usage and alerts, and for billing.")
        @Nullable Boolean suspended,
    @JsonPropertyDescription(
            "What happens to the data when the Tenant is deleted; Retain when absent.")
        @Default("Retain")
        @Nullable Reclaim reclaim,
    @JsonPropertyDescription("Overrides the plan's.") @Nullable String gatewayPool,
    @JsonPropertyDescription("Overrides the plan's.") @Nullable String shardPool,
    @JsonPropertyDescription(
            "Tell the tenant when a threshold of what its plan includes is reached.")
        @Nullable Alerts alerts) {

  /** The same, suspended. */
  public TenantSpec suspend() {
    return new TenantSpec(
        displayName,
        plan,
        contact,
        timeZone,
        trusts,
        true,
        reclaim,
        gatewayPool,
        shardPool,
        alerts);
  }
}
