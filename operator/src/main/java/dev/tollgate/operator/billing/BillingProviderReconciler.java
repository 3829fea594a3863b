package dev.tollgate.operator.billing;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.billing.BillingProviderStatus;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the provider is valid, may use its Secrets, is known to the replicas, and agrees
 * with the ledger. What replicas have told stays until they tell something else.
 */
public final class BillingProviderReconciler
    extends JudgedReconciler<BillingProvider, BillingProviderStatus> implements AutoCloseable {

  private static final String USE = "billing";

  private final BillingStates states;

  public BillingProviderReconciler(Surroundings around, SecretRefs secretRefs) {
    super(around, secretRefs, BillingProvider::new, BillingProviderStatus::conditions);
    states = new BillingStates(around, InstantSource.system());
  }

  @Override
  protected void follow(Supplier<Stream<BillingProvider>> providers, Consumer<ResourceID> wake) {
    states.follow(providers, wake);
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
  protected List<Wanted> told(BillingProvider provider, @Nullable List<Condition> before) {
    var told = told(provider);
    return List.of(told == null ? Wanted.kept(before, "Reconciled") : told.condition());
  }

  @Override
  protected BillingProviderStatus status(
      BillingProvider provider, @Nullable Long generation, List<Condition> conditions) {
    var told = told(provider);
    if (told != null) {
      var state = told.state();
      return new BillingProviderStatus(
          generation,
          state.customers(),
          state.owing(),
          state.suspended(),
          state.openEvents(),
          state.drift(),
          state.compared().truncatedTo(ChronoUnit.SECONDS).toString(),
          conditions);
    }
    var before = provider.getStatus();
    return before == null
        ? new BillingProviderStatus(generation, null, null, null, null, null, null, conditions)
        : new BillingProviderStatus(
            generation,
            before.customers(),
            before.owing(),
            before.suspended(),
            before.openEvents(),
            before.drift(),
            before.lastReconciled(),
            conditions);
  }

  /** What is told of this provider; nothing of one that is not served. */
  private BillingStates.@Nullable Told told(BillingProvider provider) {
    return isServed(provider) ? states.now() : null;
  }

  @Override
  public void close() {
    states.close();
  }
}
