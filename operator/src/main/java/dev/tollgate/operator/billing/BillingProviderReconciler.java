package dev.tollgate.operator.billing;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.billing.BillingProviderStatus;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells whether the provider is valid, may use its Secrets, and is known to the replicas. */
public final class BillingProviderReconciler
    extends JudgedReconciler<BillingProvider, BillingProviderStatus> {

  private static final String USE = "billing";

  public BillingProviderReconciler(Surroundings around, SecretRefs secretRefs) {
    super(around, secretRefs, BillingProvider::new, BillingProviderStatus::conditions);
  }

  @Override
  protected Set<String> pools(BillingProvider provider) {
    return around().resolution().shared().gatewayPools().keySet();
  }

  @Override
  protected boolean isServed(BillingProvider provider) {
    var served = around().resolution().shared().billing();
    return served != null && served.name().equals(provider.getMetadata().getName());
  }

  @Override
  protected List<SecretRefs.Use> uses(BillingProvider provider) {
    List<SecretRefs.Use> uses = new ArrayList<>();
    if (provider.getSpec() != null) {
      var stripe = provider.getSpec().stripe();
      uses.add(new SecretRefs.Use("spec.stripe.apiKeySecretRef", stripe.apiKeySecretRef(), USE));
      for (int i = 0; i < stripe.webhookSecretRefs().size(); i++) {
        var path = "spec.stripe.webhookSecretRefs[" + i + "]";
        uses.add(new SecretRefs.Use(path, stripe.webhookSecretRefs().get(i), USE));
      }
    }
    return uses;
  }

  @Override
  protected BillingProviderStatus status(
      BillingProvider provider, @Nullable Long generation, List<Condition> conditions) {
    var before = provider.getStatus();
    return before == null
        ? new BillingProviderStatus(generation, null, null, null, conditions)
        : new BillingProviderStatus(
            generation, before.customers(), before.drift(), before.lastReconciled(), conditions);
  }
}
