package dev.tollgate.operator.tenant;

import dev.tollgate.crd.resolve.Finding;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Resolver;
import dev.tollgate.crd.tenant.QuotaState;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantStatus;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.StatusUpdate;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.resolution.Wakeups;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives a tenant its identity, its shard and its first key, and tells in words what is wrong. Every
 * step can be repeated: the Secret is created once and read ever after, and the status is a copy.
 */
@ControllerConfiguration(name = "tenant")
public final class TenantReconciler implements Reconciler<Tenant> {

  /** Names the id of retained data that a re-created tenant takes over. */
  public static final String ADOPT = "tollgate.dev/adopt";

  private final Surroundings around;
  private final StatusUpdate<Tenant, TenantStatus> update;
  private final ShardChoice shards = new ShardChoice();
  private final Wakeups<Tenant> wakeups = new Wakeups<>("resolution");

  public TenantReconciler(Surroundings around) {
    this.around = around;
    this.update =
        new StatusUpdate<>(
            Tenant::new, TenantStatus::conditions, around.conditions(), around.events());
  }

  @Override
  public List<EventSource<?, Tenant>> prepareEventSources(EventSourceContext<Tenant> context) {
    var cache = context.getPrimaryCache();
    around.resolution().tenants(() -> cache.list());
    around.resolution().onChange(() -> cache.keys().forEach(wakeups::wake));
    var secrets =
        new InformerEventSource<Secret, Tenant>(
            InformerEventSourceConfiguration.from(Secret.class, Tenant.class)
                .withLabelSelector(Identity.LABEL + "=true")
                .build(),
            context);
    return List.of(secrets, wakeups);
  }

  @Override
  public UpdateControl<Tenant> reconcile(Tenant tenant, Context<Tenant> context) {
    var meta = tenant.getMetadata();
    var before = tenant.getStatus();
    var shared = around.resolution().shared();
    var plan = shared.plans().get(tenant.getSpec().plan());
    List<Finding> findings =
        new ArrayList<>(around.resolution().findings("Tenant", meta.getName()));
    var identity = plan == null ? known(context) : identity(tenant, context);
    var result =
        Resolver.tenant(
            shared,
            tenant,
            new Placement(
                identity == null ? "" : identity.tenantId(),
                meta.getNamespace(),
                meta.getName(),
                meta.getUid(),
                poolOf(tenant, identity),
                identity == null ? "" : identity.shard()));
    findings.addAll(result.findings());
    List<Wanted> wanted = new ArrayList<>();
    wanted.add(Wanted.of("Accepted", "Accepted", "The tenant is valid.", findings));
    wanted.add(Wanted.of("ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings));
    wanted.add(programmed(tenant, identity, result.view() == null));
    wanted.add(ready(wanted, identity));
    var status =
        new TenantStatus(
            meta.getGeneration(),
            identity == null ? null : identity.tenantId(),
            identity == null ? null : identity.shard(),
            identity == null ? null : Identity.secretName(tenant),
            identity == null ? null : identity.keyHash(),
            before == null || before.quota() == null ? QuotaState.WithinIncluded : before.quota(),
            update.conditions(tenant, wanted));
    return update.to(tenant, status);
  }

  private Wanted programmed(Tenant tenant, @Nullable Identity identity, boolean unserved) {
    if (identity == null || unserved) {
      return Wanted.no("Programmed", "NotAccepted", "Not served until what is wrong is mended.");
    }
    var pool = tenant.getSpec().gatewayPool();
    var plan = around.resolution().shared().plans().get(tenant.getSpec().plan());
    if (pool == null) {
      pool = plan == null ? "default" : plan.gatewayPool();
    }
    return around
        .programming()
        .condition(
            Set.of(pool),
            "Tenant",
            ResourceID.fromResource(tenant),
            tenant.getMetadata().getGeneration(),
            wakeups::wake);
  }

  private static Wanted ready(List<Wanted> wanted, @Nullable Identity identity) {
    for (var condition : wanted) {
      if (!condition.isTrue()) {
        return Wanted.no("Ready", condition.reason(), condition.message());
      }
    }
    return identity == null
        ? Wanted.no("Ready", "Pending", "The first key has yet to be made.")
        : Wanted.yes("Ready", "Ready", "The tenant can call with the key in its Secret.");
  }

  private @Nullable Identity known(Context<Tenant> context) {
    return Identity.read(context.getSecondaryResource(Secret.class).orElse(null));
  }

  /** Reads the identity, or makes it. A second maker loses to the first at the API server. */
  private @Nullable Identity identity(Tenant tenant, Context<Tenant> context) {
    var found = known(context);
    if (found != null) {
      shards.known(found.tenantId(), found.shard());
      return found;
    }
    var meta = tenant.getMetadata();
    var status = tenant.getStatus();
    var adopt = meta.getAnnotations() == null ? null : meta.getAnnotations().get(ADOPT);
    var id =
        status != null && status.id() != null
            ? status.id()
            : adopt != null ? adopt : Identity.newId();
    var pool = around.resolution().shared().shardPools().get(shardPool(tenant));
    if (pool == null || pool.shardNames().isEmpty()) {
      return null;
    }
    var shard =
        status != null && status.shard() != null
            ? status.shard()
            : shards.choose(id, pool.shardNames());
    shards.known(id, shard);
    var secrets = around.client().secrets().inNamespace(meta.getNamespace());
    try {
      return Identity.read(secrets.resource(Identity.secret(tenant, id, shard)).create());
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return Identity.read(secrets.withName(Identity.secretName(tenant)).get());
      }
      throw e;
    }
  }

  private String shardPool(Tenant tenant) {
    var own = tenant.getSpec().shardPool();
    var plan = around.resolution().shared().plans().get(tenant.getSpec().plan());
    return own != null ? own : plan == null ? "default" : plan.shardPool();
  }

  /** The pool that holds the tenant's shard; the one it asks for while it has none. */
  private String poolOf(Tenant tenant, @Nullable Identity identity) {
    if (identity != null) {
      for (var pool : around.resolution().shared().shardPools().values()) {
        if (pool.shardNames().contains(identity.shard())) {
          return pool.name();
        }
      }
    }
    return shardPool(tenant);
  }
}
