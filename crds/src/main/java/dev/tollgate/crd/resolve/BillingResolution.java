package dev.tollgate.crd.resolve;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.billing.BillingProviderSpec;
import dev.tollgate.crd.billing.InvoiceThreshold;
import dev.tollgate.crd.billing.PlanChange;
import dev.tollgate.crd.billing.Stripe;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.plan.PlanSpec;
import dev.tollgate.crd.value.Urls;
import dev.tollgate.crd.view.BillingView;
import dev.tollgate.crd.view.InvoiceThresholdView;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The billing provider. A platform has one: the oldest that is there. */
final class BillingResolution {
  private static final URI STRIPE = URI.create("https://api.stripe.com");
  private static final int SECRETS = 2;
  private static final int EVENT_DAYS = 90;

  private BillingResolution() {}

  static @Nullable BillingView resolve(
      Manifests manifests, Comparator<HasMetadata> order, List<Finding> findings) {
    BillingView served = null;
    for (BillingProvider provider : manifests.billing().values().stream().sorted(order).toList()) {
      String name = provider.getMetadata().getName();
      Findings to = new Findings("BillingProvider", name, findings);
      BillingView view = one(name, provider, manifests, to);
      if (view != null && served != null) {
        to.refuse(
            "ProviderConflict",
            "metadata.name",
            "BillingProvider "
                + served.name()
                + " already sends the invoices of this platform; remove one of them");
      } else if (view != null) {
        served = view;
      }
    }
    return served;
  }

  private static @Nullable BillingView one(
      String name, BillingProvider provider, Manifests manifests, Findings to) {
    BillingProviderSpec spec = provider.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return null;
    }
    Stripe stripe = spec.stripe();
    int secrets = stripe.webhookSecretRefs().size();
    if (secrets == 0) {
      to.refuse(
          "NoWebhookSecret",
          "spec.stripe.webhookSecretRefs",
          "what Stripe reports cannot be believed; name the endpoint's signing secret");
    } else if (secrets > SECRETS) {
      to.refuse(
          "TooManyWebhookSecrets",
          "spec.stripe.webhookSecretRefs",
          "two secrets are live at most, while one replaces the other; remove the oldest");
    }
    URI apiBase =
        stripe.apiBase() == null ? STRIPE : Urls.http(stripe.apiBase(), "spec.stripe.apiBase", to);
    URI returnUrl =
        spec.returnUrl() == null ? null : Urls.http(spec.returnUrl(), "spec.returnUrl", to);
    List<InvoiceThresholdView> invoiceAt = thresholds(spec.invoiceAt(), manifests, to);
    if (to.refused() || apiBase == null) {
      return null;
    }
    return new BillingView(
        name,
        stripe.apiKeySecretRef(),
        List.copyOf(stripe.webhookSecretRefs()),
        apiBase,
        invoiceAt,
        spec.trialDays() == null ? 0 : spec.trialDays(),
        spec.graceDays() == null ? 14 : spec.graceDays(),
        returnUrl,
        Boolean.TRUE.equals(spec.automaticTax()),
        spec.planChange() == null ? PlanChange.CreateProrations : spec.planChange(),
        spec.eventRetentionDays() == null ? EVENT_DAYS : spec.eventRetentionDays());
  }

  private static List<InvoiceThresholdView> thresholds(
      @Nullable List<InvoiceThreshold> given, Manifests manifests, Findings to) {
    List<InvoiceThresholdView> views = new ArrayList<>();
    Set<String> meters = new HashSet<>();
    for (int i = 0; given != null && i < given.size(); i++) {
      InvoiceThreshold threshold = given.get(i);
      String meter = threshold.meter();
      String path = "spec.invoiceAt[" + i + "].meter";
      if (!meters.add(meter)) {
        to.refuse("DuplicateName", path, "meter " + meter + " is there twice; keep one");
      } else if (!Meters.OF_PLANS.contains(meter) || meter.equals(Meters.MONEY)) {
        to.refuse(
            "UnknownMeter", path, "'" + meter + "' is not counted; use requests, bytes or tokens");
      } else if (!isCounted(meter, manifests)) {
        to.unresolved(
            "MeterNotCounted",
            path,
            "no Plan counts "
                + meter
                + ", so no invoice is ever sent for it; count it in a plan or remove this");
      } else {
        views.add(new InvoiceThresholdView(meter, threshold.quantity()));
      }
    }
    return List.copyOf(views);
  }

  private static boolean isCounted(String meter, Manifests manifests) {
    for (Plan plan : manifests.plans().values()) {
      PlanSpec spec = plan.getSpec();
      if (spec != null
          && spec.meters() != null
          && spec.meters().stream().anyMatch(m -> m.name().equals(meter))) {
        return true;
      }
    }
    return false;
  }
}
