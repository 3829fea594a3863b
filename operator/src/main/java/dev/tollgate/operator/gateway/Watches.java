package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.Paging;
import dev.tollgate.operator.resolution.Belongings;
import dev.tollgate.operator.resolution.Replicas;
import dev.tollgate.operator.resolution.Wakeups;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.javaoperatorsdk.operator.api.config.informer.FieldSelectorBuilder;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the controller of gateway pools follows. Of tenants, which are many, it keeps no more than
 * it asks for, and wakes for those alone that say something about pools or Secrets.
 */
final class Watches {

  /** Kinds of what is applied for a pool and followed. */
  static final Set<Class<? extends HasMetadata>> FOLLOWED =
      Set.of(
          StatefulSet.class,
          Service.class,
          NetworkPolicy.class,
          PodDisruptionBudget.class,
          Role.class,
          RoleBinding.class,
          HorizontalPodAutoscaler.class);

  private final EventSourceContext<GatewayPool> context;
  private final Belongings<GatewayPool> belongings;
  private final InformerEventSource<Secret, GatewayPool> certificates;
  private final InformerEventSource<ShardPool, GatewayPool> shardPools;
  private final InformerEventSource<Tenant, GatewayPool> tenants;
  private final InformerEventSource<Pod, GatewayPool> pods;
  private final InformerEventSource<PersistentVolumeClaim, GatewayPool> claims;
  private final Wakeups<GatewayPool> wakeups = new Wakeups<>("resolution");

  Watches(EventSourceContext<GatewayPool> context) {
    this.context = context;
    belongings = new Belongings<>(GatewayPool.class, Owned.MANAGED, context);
    certificates =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Secret.class, GatewayPool.class)
                .withName("certificates")
                .withFieldSelector(
                    new FieldSelectorBuilder().withField("type", Listeners.SECRET_TYPE).build())
                .withSecondaryToPrimaryMapper(secret -> everyPool())
                .withPrimaryToSecondaryMapper((GatewayPool pool) -> Set.of())
                .build(),
            context);
    shardPools =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(ShardPool.class, GatewayPool.class)
                .withSecondaryToPrimaryMapper(pool -> everyPool())
                .withPrimaryToSecondaryMapper((GatewayPool pool) -> Set.of())
                .withOnUpdateFilter((now, before) -> !Belongings.sameGeneration(now, before))
                .build(),
            context);
    tenants =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Tenant.class, GatewayPool.class)
                .withItemStore(new TenantStore())
                .withInformerListLimit(Paging.PAGE)
                .withSecondaryToPrimaryMapper(tenant -> everyPool())
                .withPrimaryToSecondaryMapper((GatewayPool pool) -> Set.of())
                .withOnAddFilter(TenantStore::matters)
                .withOnUpdateFilter(TenantStore::changed)
                .withOnDeleteFilter((tenant, unknown) -> TenantStore.matters(tenant))
                .build(),
            context);
    pods = belongings.labelled(Pod.class, Replicas.POOL_LABEL);
    claims = belongings.labelled(PersistentVolumeClaim.class, Replicas.POOL_LABEL);
  }

  List<EventSource<?, GatewayPool>> all() {
    return List.of(
        wakeups,
        certificates,
        shardPools,
        tenants,
        pods,
        claims,
        belongings.owned(StatefulSet.class),
        belongings.owned(Service.class),
        belongings.owned(Job.class),
        belongings.edited(NetworkPolicy.class),
        belongings.edited(PodDisruptionBudget.class),
        belongings.edited(Role.class),
        belongings.edited(RoleBinding.class),
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(HorizontalPodAutoscaler.class, GatewayPool.class)
                .withLabelSelector(Owned.MANAGED)
                .withOnUpdateFilter(
                    (now, before) -> !Objects.equals(now.getSpec(), before.getSpec()))
                .build(),
            context));
  }

  /** Reconciles every pool soon; before the controller has begun there is nothing to wake. */
  void wakeAll() {
    wakeAll(pool -> true);
  }

  /** As above, of those pools that are meant. */
  void wakeAll(Predicate<GatewayPool> meant) {
    if (wakeups.isRunning()) {
      context.getPrimaryCache().list(meant).map(ResourceID::fromResource).forEach(wakeups::wake);
    }
  }

  /** Reconciles one pool soon. */
  void wake(ResourceID pool) {
    wakeups.wake(pool);
  }

  /** The Secret with a certificate, or null where there is none of that name and type. */
  @Nullable Secret certificate(String namespace, String name) {
    return certificates.get(new ResourceID(name, namespace)).orElse(null);
  }

  @Nullable ShardPool shardPool(String namespace, String name) {
    return shardPools.get(new ResourceID(name, namespace)).orElse(null);
  }

  List<ShardPool> shardPools(String namespace) {
    return shardPools.list(namespace, pool -> true).toList();
  }

  /** The tenants that name a pool or a Secret of their own, with nothing but that. */
  Stream<Tenant> tenants(String namespace) {
    return tenants.list(namespace, TenantStore::matters);
  }

  /** The replicas of a pool, those included that are on their way out. */
  List<Pod> pods(Owned pool) {
    return pods.list(pool.namespace(), pod -> isOf(pool, pod)).toList();
  }

  /** The claims that replicas of a pool have or had. */
  List<PersistentVolumeClaim> claims(Owned pool) {
    return claims.list(pool.namespace(), claim -> isOf(pool, claim)).toList();
  }

  private static boolean isOf(Owned pool, HasMetadata resource) {
    return pool.poolName().equals(resource.getMetadata().getLabels().get(Replicas.POOL_LABEL));
  }

  private Set<ResourceID> everyPool() {
    return context.getPrimaryCache().keys().collect(Collectors.toUnmodifiableSet());
  }
}
