package dev.tollgate.crd.view;

import dev.tollgate.crd.billing.PlanChange;
import dev.tollgate.crd.common.SecretRef;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who sends the invoices. {@code invoiceAt} are quantities that an invoice is sent for before the
 * cycle ends; {@code graceDays} lie between a payment that failed and the suspension; ids of events
 * are kept for {@code eventRetentionDays}.
 */
public record BillingView(
    String name,
    SecretRef apiKey,
    List<SecretRef> webhookSecrets,
    URI apiBase,
    List<InvoiceThresholdView> invoiceAt,
    int trialDays,
    int graceDays,
    @Nullable URI returnUrl,
    boolean automaticTax,
    PlanChange planChange,
    int eventRetentionDays) {}
