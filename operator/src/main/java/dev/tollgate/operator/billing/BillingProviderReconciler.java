package dev.tollgate.operator.billing;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.billing.BillingProviderStatus;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.finding.Finding;
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

  private final BillingStates states;
  private final SecretRefs secretRefs;

  public BillingProviderReconciler(Surroundings around, SecretRefs secretRefs) {
    super(around, secretRefs, BillingProvider::new);
    this.secretRefs = secretRefs;
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
      uses.add(key(provider));
      for (int i = 0; i < stripe.webhookSecretRefs().size(); i++) {
        var path = "spec.stripe.webhookSecretRefs[" + i + "]";
        uses.add(new SecretRefs.Use(path, stripe.webhookSecretRefs().get(i), SecretUse.BILLING));
      }
    }
    return uses;
  }

  private static SecretRefs.Use key(BillingProvider provider) {
    var ref = provider.getSpec().stripe().apiKeySecretRef();
    return new SecretRefs.Use("spec.stripe.apiKeySecretRef", ref, SecretUse.BILLING);
  }

  /** Why its key cannot be used, or null. */
  private @Nullable String withoutKey(BillingProvider provider) {
    if (provider.getSpec() == null) {
      return null;
    }
    var name = provider.getMetadata().getName();
    return secretRefs.findings("BillingProvider", name, List.of(key(provider))).stream()
        .map(Finding::message)
        .findFirst()
        .orElse(null);
  }

  @Override
  protected @Nullable Wanted hindered(BillingProvider provider) {
    var missing = withoutKey(provider);
    if (missing != null) {
      return Wanted.no("Programmed", "NotResolved", "Nothing is billed by it: " + missing + ".");
    }
    var told = told(provider);
    return told == null || told.state().trouble().isEmpty()
        ? null
        : Wanted.no("Programmed", told.condition().reason(), told.condition().message());
  }

  @Override
  protected List<Wanted> told(BillingProvider provider, @Nullable List<Condition> before) {
    var missing = withoutKey(provider);
    if (missing != null) {
      return List.of(
          Wanted.no("Reconciled", "NotResolved", "Nothing is compared: " + missing + "."));
    }
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
