package dev.tollgate.operator.tenant;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.StrippedStore;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Resolver;
import dev.tollgate.crd.tenant.QuotaState;
import dev.tollgate.crd.tenant.Reclaim;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantStatus;
import dev.tollgate.operator.Paging;
import dev.tollgate.operator.Settings;
import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.conditions.StatusUpdate;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.resolution.Wakeups;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gives a tenant its identity, its shard and its first key, and tells in words what is wrong. Every
 * step can be repeated: the Secret is created once and read ever after, and the status is a copy.
 */
@ControllerConfiguration(
    name = "tenant",
    triggerReconcilerOnAllEvents = true,
    informer = @Informer(itemStore = StrippedStore.class, informerListLimit = Paging.PAGE))
public final class TenantReconciler implements Reconciler<Tenant>, AutoCloseable {

  private static final String OWES =
      "The tenant is suspended for what it owes; its calls get 403 until it has paid, as GET"
          + " /v1/billing tells it.";

  private static final Duration RECLAIM_AGAIN = Duration.ofSeconds(2);

  private final Surroundings around;
  private final StatusUpdate<Tenant, TenantStatus> update;
  private final SecretRefs secretRefs;
  private final Placements placements;
  private final Identities identities;
  private final DataRemoval removal;
  private final Quotas quotas;
  private final Wakeups<Tenant> wakeups = new Wakeups<>("resolution");

  /**
   * @param placements told of every tenant's shard
   * @param settings where and for how long replicas are asked to remove data
   */
  public TenantReconciler(
      Surroundings around, SecretRefs secretRefs, Placements placements, Settings settings) {
    this.around = around;
    this.secretRefs = secretRefs;
    this.placements = placements;
    this.identities = new Identities(around, placements);
    this.removal = new DataRemoval(around.client(), around.replicas(), settings.reclaimPatience());
    this.quotas = new Quotas(around.replicas(), around.resolution());
    this.update = new StatusUpdate<>(Tenant::new, around.conditions(), around.events());
  }

  @Override
  public List<EventSource<?, Tenant>> prepareEventSources(EventSourceContext<Tenant> context) {
    var cache = context.getPrimaryCache();
    // event sources start after the cache has been filled
    around.resolution().tenants(() -> wakeups.isRunning() ? cache.list() : Stream.empty());
    quotas.follow(() -> wakeups.isRunning() ? cache.list() : Stream.empty(), wakeups::wake);
    placements.from(() -> wakeups.isRunning() ? cache.list() : null);
    around
        .resolution()
        .onChange(() -> {
          if (wakeups.isRunning()) {
            cache.keys().forEach(wakeups::wake);
          }
        });
    secretRefs.onChange(secret -> {
      if (wakeups.isRunning()) {
        cache
            .list(t -> uses(t).stream().anyMatch(u -> u.secret().name().equals(secret)))
            .map(ResourceID::fromResource)
            .forEach(wakeups::wake);
      }
    });
    var secrets =
        new InformerEventSource<Secret, Tenant>(
            InformerEventSourceConfiguration.from(Secret.class, Tenant.class)
                .withLabelSelector(Identity.LABEL + "=true")
                .withItemStore(new StrippedStore<>())
                .withInformerListLimit(Paging.PAGE)
                .build(),
            context);
    return List.of(secrets, TenantRecord.events(context), wakeups);
  }

  @Override
  public UpdateControl<Tenant> reconcile(Tenant tenant, Context<Tenant> context) {
    var meta = tenant.getMetadata();
    if (context.isPrimaryResourceDeleted()) {
      placements.forget(meta.getName());
      around.programming().forget(tenant);
      around.resolution().went(tenant);
      return UpdateControl.noUpdate();
    }
    if (tenant.isMarkedForDeletion()) {
      return DataRemoval.holds(tenant) ? reclaim(tenant, context) : UpdateControl.noUpdate();
    }
    hold(tenant, context);
    around.resolution().came(tenant);
    var shared = around.resolution().shared();
    var plan = shared.plans().get(tenant.getSpec().plan());
    List<Finding> findings =
        new ArrayList<>(around.resolution().findings("Tenant", meta.getName()));
    var identity =
        plan == null ? identities.known(tenant, context) : identities.of(tenant, context, findings);
    var result =
        Resolver.tenant(
            shared,
            tenant,
            identity == null
                ? Placement.imagined(shared, tenant)
                : new Placement(
                    identity.tenantId(),
                    meta.getNamespace(),
                    meta.getName(),
                    meta.getUid(),
                    poolOf(tenant, identity),
                    identity.shard()));
    findings.addAll(result.findings());
    var secretFindings = secretRefs.findings("Tenant", meta.getName(), uses(tenant));
    var accepted = Wanted.of("Accepted", "Accepted", "The tenant is valid.", findings);
    var programmed = programmed(tenant, identity, result.view() == null);
    var ready =
        ready(
            List.of(accepted, resolved(findings), programmed),
            identity,
            suspension(tenant),
            secretFindings);
    findings.addAll(secretFindings);
    var wanted = List.of(accepted, resolved(findings), programmed, ready);
    var status =
        new TenantStatus(
            meta.getGeneration(),
            identity == null ? null : identity.tenantId(),
            identity == null ? null : identity.shard(),
            identity == null ? null : Identity.secretName(tenant),
            identity == null ? null : identity.keyHash(),
            plan == null || identity == null ? null : quota(tenant),
            update.conditions(tenant, wanted));
    var control = update.to(tenant, status);
    return secretFindings.isEmpty() && !Identities.awaitsName(findings)
        ? control
        : control.rescheduleAfter(SecretRefs.AGAIN);
  }

  /** What a replica says, or what was known before one has. */
  private QuotaState quota(Tenant tenant) {
    var status = tenant.getStatus();
    var before = status == null ? null : status.quota();
    return quotas
        .of(tenant.getMetadata().getName())
        .orElse(before == null ? QuotaState.WithinIncluded : before);
  }

  /** Who suspended the tenant, in words; null when nobody did. */
  private @Nullable String suspension(Tenant tenant) {
    if (Boolean.TRUE.equals(tenant.getSpec().suspended())) {
      return "The tenant is suspended by its spec; its calls get 403 until spec.suspended is false.";
    }
    var before = Conditions.find(update.before(tenant), "Ready");
    var owed = before != null && OWES.equals(before.message());
    return quotas.suspended(tenant.getMetadata().getName()).orElse(owed) ? OWES : null;
  }

  private static List<SecretRefs.Use> uses(Tenant tenant) {
    List<SecretRefs.Use> uses =
        new ArrayList<>(
            SecretRefs.ofTrusts(tenant.getSpec() == null ? null : tenant.getSpec().trusts()));
    var alerts = tenant.getSpec() == null ? null : tenant.getSpec().alerts();
    var webhook = alerts == null ? null : alerts.webhook();
    if (webhook != null && webhook.secretRef() != null) {
      uses.add(
          new SecretRefs.Use(
              "spec.alerts.webhook.secretRef", webhook.secretRef(), SecretUse.WEBHOOK));
    }
    return uses;
  }

  /** Before there is any data, so that none is left when the tenant goes. */
  private static void hold(Tenant tenant, Context<Tenant> context) {
    var wanted = tenant.getSpec().reclaim() == Reclaim.Delete;
    if (wanted && !DataRemoval.holds(tenant)) {
      var _ = PrimaryUpdateAndCacheUtils.addFinalizer(context, DataRemoval.FINALIZER);
    } else if (!wanted && DataRemoval.holds(tenant)) {
      var _ = PrimaryUpdateAndCacheUtils.removeFinalizer(context, DataRemoval.FINALIZER);
    }
  }

  /** Tries to have the data removed, and lets go of the tenant at last in any case. */
  private UpdateControl<Tenant> reclaim(Tenant tenant, Context<Tenant> context) {
    var left = left(tenant, context);
    if (left.isPresent()) {
      if (!removal.isOver(tenant, Instant.now())) {
        return UpdateControl.<Tenant>noUpdate().rescheduleAfter(RECLAIM_AGAIN);
      }
      around.events().warn(tenant, "DataKept", left.get());
    }
    var _ = PrimaryUpdateAndCacheUtils.removeFinalizer(context, DataRemoval.FINALIZER);
    return UpdateControl.noUpdate();
  }

  /**
   * What a person is told of data that is still there; empty when there is none. In a namespace
   * that goes, the operator may have lost its Role, and may make nothing: that is told, too.
   */
  private Optional<String> left(Tenant tenant, Context<Tenant> context) {
    var pool = gatewayPool(tenant);
    try {
      var identity = lastKnown(tenant, context);
      if (identity == null) {
        return Optional.empty();
      }
      var left = removal.remove(tenant.getMetadata().getNamespace(), pool, identity);
      if (left.isEmpty()) {
        TenantRecord.remove(around.client(), tenant);
      }
      return left.map(why -> removal.kept(tenant, pool, identity, why));
    } catch (KubernetesClientException e) {
      var identity = ofStatus(tenant);
      return identity == null
          ? Optional.empty()
          : Optional.of(
              removal.kept(
                  tenant, pool, identity, "the API server let nobody be asked: " + e.getMessage()));
    }
  }

  private @Nullable Identity lastKnown(Tenant tenant, Context<Tenant> context) {
    var found = identities.known(tenant, context);
    return found == null ? ofStatus(tenant) : found;
  }

  private static @Nullable Identity ofStatus(Tenant tenant) {
    var status = tenant.getStatus();
    return status == null || status.id() == null || status.shard() == null
        ? null
        : new Identity(status.id(), status.shard(), "");
  }

  private String gatewayPool(Tenant tenant) {
    return Placement.gatewayPool(around.resolution().shared(), tenant);
  }

  private Wanted programmed(Tenant tenant, @Nullable Identity identity, boolean unserved) {
    if (identity == null || unserved) {
      return Wanted.no(
          "Programmed", "NotAccepted", "This form is not served until what is wrong is mended.");
    }
    return around
        .programming()
        .condition(Set.of(gatewayPool(tenant)), tenant, update.before(tenant), wakeups::wake);
  }

  private static Wanted resolved(List<Finding> findings) {
    return Wanted.of("ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings);
  }

  /**
   * Secrets of a webhook or of issuers do not keep the key from working, so they are only told of.
   */
  private static Wanted ready(
      List<Wanted> wanted,
      @Nullable Identity identity,
      @Nullable String suspension,
      List<Finding> secrets) {
    for (var condition : wanted) {
      if (!condition.isTrue()) {
        return Wanted.no("Ready", condition.reason(), condition.message());
      }
    }
    if (suspension != null) {
      return Wanted.no("Ready", Quotas.SUSPENDED, suspension);
    }
    return identity == null
        ? Wanted.no("Ready", "Pending", "The first key has yet to be made.")
        : Wanted.yes(
            "Ready",
            "Ready",
            "The tenant can call with the key in its Secret."
                + (secrets.isEmpty() ? "" : " What does not work: " + Wanted.words(secrets)));
  }

  /** The pool that holds the tenant's shard; the one it asks for when none does. */
  private String poolOf(Tenant tenant, Identity identity) {
    var shared = around.resolution().shared();
    for (var pool : shared.shardPools().values()) {
      if (pool.shardNames().contains(Placement.server(identity.shard()))) {
        return pool.name();
      }
    }
    return Placement.wantedPool(shared, tenant);
  }

  @Override
  public void close() {
    quotas.close();
  }
}
