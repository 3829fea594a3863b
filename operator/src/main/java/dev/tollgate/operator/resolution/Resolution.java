package dev.tollgate.operator.resolution;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.resolve.Resolver;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the resolver says of one namespace: resolved once per burst of changes, by one thread, and
 * read by every reconciler. Follows the kinds that tenants have in common; tenants themselves are
 * read from the tenant controller's cache.
 */
public final class Resolution implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Resolution.class);
  private static final long SETTLE_MILLIS = 50;

  /** When to look again for what is not known yet. */
  public static final Duration SOON = Duration.ofMillis(2 * SETTLE_MILLIS);

  private static final Tenant PLAIN = new Tenant();
  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(
          ShardPool.class,
          GatewayPool.class,
          Plan.class,
          RateLimitPolicy.class,
          ApiRoute.class,
          ModelServer.class,
          ModelRoute.class,
          PromptTemplate.class,
          Experiment.class,
          BillingProvider.class);

  private final List<SharedIndexInformer<? extends HasMetadata>> informers = new ArrayList<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("resolution").factory());
  private final AtomicBoolean pending = new AtomicBoolean();

  /** Tenants that were told of; of one without issuers of its own no more than that. */
  private final Map<String, Tenant> seen = new ConcurrentHashMap<>();

  private volatile Supplier<Stream<Tenant>> tenants = Stream::empty;
  private volatile State state = new State(Resolver.ofCluster(Manifests.EMPTY), Map.of(), Map.of());

  /**
   * @param forms UID and generation of each resource that is no tenant, by {@code Kind/name}
   */
  private record State(
      Shared shared, Map<String, List<Finding>> findings, Map<String, Form> forms) {}

  private record Form(String uid, @Nullable Long generation) {

    static Form of(HasMetadata resource) {
      return new Form(resource.getMetadata().getUid(), resource.getMetadata().getGeneration());
    }
  }

  public Resolution(KubernetesClient client, String namespace) {
    for (var kind : KINDS) {
      informers.add(follow(client, namespace, kind));
    }
    resolve();
  }

  private <T extends HasMetadata> SharedIndexInformer<T> follow(
      KubernetesClient client, String namespace, Class<T> kind) {
    return client
        .resources(kind)
        .inNamespace(namespace)
        .inform(
            new ResourceEventHandler<T>() {
              @Override
              public void onAdd(T resource) {
                changed();
              }

              @Override
              public void onUpdate(T before, T after) {
                if (!Objects.equals(
                    before.getMetadata().getGeneration(), after.getMetadata().getGeneration())) {
                  changed();
                }
              }

              @Override
              public void onDelete(T resource, boolean unknown) {
                changed();
              }
            });
  }

  /**
   * Told by the tenants' controller of each that came or was changed. What others have in common is
   * resolved again only where the tenant has a part in it, which few have.
   */
  public void came(Tenant tenant) {
    var spec = tenant.getSpec();
    var plain = spec == null || spec.trusts() == null || spec.trusts().isEmpty();
    var before = seen.put(tenant.getMetadata().getName(), plain ? PLAIN : tenant);
    if (Resolver.changesShared(state.shared(), before, tenant)) {
      changed();
    }
  }

  /** Told of each tenant that is gone. */
  public void went(Tenant tenant) {
    seen.remove(tenant.getMetadata().getName());
    if (Resolver.changesShared(state.shared(), tenant, null)) {
      changed();
    }
  }

  private void changed() {
    if (pending.compareAndSet(false, true)) {
      var _ = worker.schedule(this::resolve, SETTLE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void resolve() {
    pending.set(false);
    try {
      List<HasMetadata> all = new ArrayList<>();
      for (var informer : List.copyOf(informers)) {
        all.addAll(informer.getStore().list());
      }
      Map<String, Form> forms = new HashMap<>();
      all.forEach(resource -> forms.put(key(resource), Form.of(resource)));
      tenants.get().forEach(all::add);
      var shared = Resolver.ofCluster(Manifests.of(all));
      Map<String, List<Finding>> findings = new HashMap<>();
      for (var finding : shared.findings()) {
        findings
            .computeIfAbsent(finding.kind() + "/" + finding.name(), k -> new ArrayList<>())
            .add(finding);
      }
      var before = state;
      state = new State(shared, findings, forms);
      if (!before.shared().equals(shared)) {
        listeners.forEach(Runnable::run);
      }
    } catch (RuntimeException e) {
      LOG.error("The namespace could not be resolved; trying again at the next change", e);
    }
  }

  /** The tenants to resolve with the rest: policies that name them need to know of them. */
  public void tenants(Supplier<Stream<Tenant>> source) {
    tenants = source;
    changed();
  }

  public Shared shared() {
    return state.shared();
  }

  /**
   * Whether what is said of a resource, which is no tenant, is said of it as it is here, and not of
   * an earlier form. Who applies what a spec says waits for that, {@link #SOON} at a time.
   */
  public boolean knows(HasMetadata resource) {
    return Form.of(resource).equals(state.forms().get(key(resource)));
  }

  private static String key(HasMetadata resource) {
    return resource.getKind() + "/" + resource.getMetadata().getName();
  }

  /** What is wrong with one resource. */
  public List<Finding> findings(String kind, String name) {
    return state.findings().getOrDefault(kind + "/" + name, List.of());
  }

  /** All that the namespace holds, with the status that it has. */
  public Stream<CustomResource<?, ?>> resources() {
    Stream<? extends HasMetadata> shared =
        informers.stream().flatMap(informer -> informer.getStore().list().stream());
    return Stream.concat(shared, tenants.get()).map(CustomResource.class::cast);
  }

  /** Called after the result has become another. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
    worker.shutdownNow();
  }
}
