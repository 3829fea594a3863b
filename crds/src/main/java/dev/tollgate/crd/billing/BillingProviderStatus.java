package dev.tollgate.crd.billing;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the provider. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record BillingProviderStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Tenants that are customers there.") @Nullable Integer customers,
    @JsonPropertyDescription("Tenants that owe what should have been paid.")
        @Nullable Integer owing,
    @JsonPropertyDescription("Tenants that are suspended for what they owe.")
        @Nullable Integer suspended,
    @JsonPropertyDescription("Events of meters that may not have arrived there yet.")
        @Nullable Long openEvents,
    @JsonPropertyDescription(
            "Units that ledger and meters are apart, as the last comparison found, without their sign.")
        @Nullable Long drift,
    @JsonPropertyDescription("When ledger, meters and invoices were last compared, in UTC.")
        @Nullable String lastReconciled,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed, Reconciled.")
        @Nullable List<Condition> conditions)
    implements Conditioned {}
