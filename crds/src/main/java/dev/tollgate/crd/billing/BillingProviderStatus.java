package dev.tollgate.crd.billing;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the provider. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record BillingProviderStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Tenants that are customers there.") @Nullable Integer customers,
    @JsonPropertyDescription(
            "Differences between ledger, meters and invoices that were found and not repaired.")
        @Nullable Long drift,
    @JsonPropertyDescription("When they were last compared, in UTC.")
        @Nullable String lastReconciled,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed, Reconciled.")
        @Nullable List<Condition> conditions) {}
