package dev.tollgate.crd.billing;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who sends the invoices. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record BillingProviderSpec(
    @JsonPropertyDescription("Stripe.") @Required Stripe stripe,
    @JsonPropertyDescription(
            "Quantities in a cycle after which an invoice is sent at once, and again after each further one.")
        @Nullable List<InvoiceThreshold> invoiceAt,
    @JsonPropertyDescription("Days of a first subscription that are free; 0 when absent.")
        @Min(0)
        @Max(730)
        @Default("0")
        @Nullable Integer trialDays,
    @JsonPropertyDescription(
            "Days between a payment that failed and the suspension of the tenant; 14 when absent.")
        @Min(0)
        @Max(365)
        @Default("14")
        @Nullable Integer graceDays,
    @JsonPropertyDescription(
            "Where a browser comes back to from the pages for checkout and for the customer.")
        @Nullable String returnUrl,
    @JsonPropertyDescription("Let the provider work out taxes; false when absent.")
        @Default("false")
        @Nullable Boolean automaticTax,
    @JsonPropertyDescription(
            "When a tenant gets another plan within a cycle: CreateProrations puts the difference of the fees on the cycle's invoice, AlwaysInvoice invoices it at once, None leaves the fee until the next cycle, NextCycle leaves everything until then; CreateProrations when absent.")
        @Default("CreateProrations")
        @Nullable PlanChange planChange,
    @JsonPropertyDescription(
            "Days for which ids of Stripe's events are kept, so that one that comes again is known; 90 when absent. Stripe sends an event again for 30 days at most.")
        @Min(30)
        @Max(3650)
        @Default("90")
        @Nullable Integer eventRetentionDays) {}
