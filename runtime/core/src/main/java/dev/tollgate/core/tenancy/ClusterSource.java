package dev.tollgate.core.tenancy;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resources of one namespace, followed by informers. What was served last is kept in a snapshot
 * file, without secrets, and is served again until the API server answers at the start. Secrets are
 * fetched by name, before a resource that refers to them is served, and again every half minute.
 */
public final class ClusterSource implements ManifestSource, Secrets {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterSource.class);
  private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long SETTLE_MILLIS = 50;
  private static final long SECRET_REFRESH_SECONDS = 30;
  private static final long SHORTEST_SAVE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int SAVE_SHARE = 9;

  /** So many at a time are read at the start: all at once would be a large piece of memory. */
  private static final long PAGE = 500;

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
          BillingProvider.class,
          Tenant.class);

  private final KubernetesClient client;
  private final String namespace;
  private final Path snapshot;
  private final List<SharedIndexInformer<? extends HasMetadata>> informers = new ArrayList<>();
  private final Map<String, Secret> secrets = new ConcurrentHashMap<>();

  /** The status with which each Secret was refused last, which is told once. */
  private final Map<String, Integer> unreadable = new ConcurrentHashMap<>();

  /** When the API server was last asked for each Secret that is missing, in nanoseconds. */
  private final Map<String, Long> asked = new ConcurrentHashMap<>();

  private final AtomicBoolean pending = new AtomicBoolean();
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("manifests").factory());
  private volatile boolean synced;

  /** Served and not yet in the snapshot; the worker's, and at the end the closer's. */
  private volatile @Nullable List<HasMetadata> unsaved;

  private volatile long lastSaveNanos;

  /**
   * @param snapshot the file that keeps what was served last
   */
  public ClusterSource(KubernetesClient client, String namespace, Path snapshot) {
    this.client = client;
    this.namespace = namespace;
    this.snapshot = snapshot;
  }

  @Override
  public void start(UnaryOperator<Manifests> sink) {
    restore(sink);
    for (var kind : KINDS) {
      informers.add(informer(kind, sink));
    }
    var _ =
        worker.scheduleWithFixedDelay(
            this::refreshSecrets, SECRET_REFRESH_SECONDS, SECRET_REFRESH_SECONDS, TimeUnit.SECONDS);
  }

  private <T extends HasMetadata> SharedIndexInformer<T> informer(
      Class<T> kind, UnaryOperator<Manifests> sink) {
    var informer =
        client.resources(kind).inNamespace(namespace).withLimit(PAGE).runnableInformer(0);
    informer.itemStore(new StrippedStore<>());
    informer.addEventHandler(
        new ResourceEventHandler<T>() {
          @Override
          public void onAdd(T resource) {
            changed(sink);
          }

          @Override
          public void onUpdate(T before, T after) {
            changed(sink);
          }

          @Override
          public void onDelete(T resource, boolean unknownFinalState) {
            changed(sink);
          }

          @Override
          public void onNothing() {
            changed(sink);
          }
        });
    informer.exceptionHandler((started, t) -> true);
    var _ =
        informer
            .start()
            .whenComplete((done, failure) -> {
              if (failure != null) {
                LOG.warn(
                    "{} cannot be watched yet, trying again: {}",
                    kind.getSimpleName(),
                    failure.toString());
              }
              changed(sink);
            });
    return informer;
  }

  private void changed(UnaryOperator<Manifests> sink) {
    if (pending.compareAndSet(false, true)) {
      var _ = worker.schedule(() -> publish(sink), SETTLE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void publish(UnaryOperator<Manifests> sink) {
    pending.set(false);
    if (informers.size() < KINDS.size()
        || !informers.stream().allMatch(SharedIndexInformer::hasSynced)) {
      return;
    }
    List<HasMetadata> seen = new ArrayList<>();
    for (var informer : informers) {
      seen.addAll(informer.getStore().list());
    }
    // one that waits for its data to be removed has no access any more
    seen.removeIf(r -> r instanceof Tenant && r.getMetadata().getDeletionTimestamp() != null);
    try {
      SecretNames.in(seen).forEach(this::fetchIfUnknown);
      var served = sink.apply(Manifests.of(seen));
      synced = true;
      saveSoon(served.all().toList());
    } catch (RuntimeException e) {
      LOG.warn("a change could not be taken over, what was served goes on", e);
    }
  }

  /** Ten thousand tenants take a while to write, so writing takes a tenth of the time at most. */
  private void saveSoon(List<HasMetadata> seen) {
    var waits = unsaved != null;
    unsaved = seen;
    if (!waits) {
      var _ =
          worker.schedule(
              () -> save(),
              Math.max(SHORTEST_SAVE_NANOS, SAVE_SHARE * lastSaveNanos),
              TimeUnit.NANOSECONDS);
    }
  }

  private void save() {
    var seen = unsaved;
    unsaved = null;
    if (seen == null) {
      return;
    }
    var began = System.nanoTime();
    try {
      write(seen);
    } catch (IOException | RuntimeException e) {
      LOG.warn("The snapshot {} cannot be written; trying again at the next change", snapshot, e);
    }
    lastSaveNanos = System.nanoTime() - began;
  }

  private void write(List<HasMetadata> seen) throws IOException {
    var text = new StringBuilder();
    for (var resource : seen) {
      text.append("---\n")
          .append(client.getKubernetesSerialization().asYaml(resource).replaceFirst("^---\n", ""));
    }
    var temporary = snapshot.resolveSibling(snapshot.getFileName() + ".tmp");
    Files.writeString(temporary, text);
    Files.move(
        temporary, snapshot, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private void restore(UnaryOperator<Manifests> sink) {
    if (!Files.exists(snapshot)) {
      return;
    }
    try {
      var read =
          ManifestReader.read(
              Map.of(snapshot.getFileName().toString(), Files.readString(snapshot)));
      var _ = sink.apply(read.manifests());
      synced = true;
      LOG.info("Serving the last known state from {} until the API server answers", snapshot);
    } catch (IOException | RuntimeException e) {
      LOG.warn("The snapshot {} cannot be read, waiting for the API server", snapshot, e);
    }
  }

  @Override
  public Optional<byte[]> read(SecretRef ref, String use) {
    var known = secrets.get(ref.name());
    if (known == null && due(ref.name())) {
      // never here: callers may be on an event loop
      worker.execute(() -> fetchIfUnknown(ref.name()));
    }
    return known == null ? Optional.empty() : SecretValues.of(known, ref.key(), use);
  }

  /** Whether the API server is to be asked for a Secret that is missing: once a second. */
  private boolean due(String name) {
    var now = System.nanoTime();
    var before = asked.get(name);
    if (before != null && now - before < ASK_AGAIN_NANOS) {
      return false;
    }
    asked.put(name, now);
    return true;
  }

  private void fetchIfUnknown(String name) {
    if (!secrets.containsKey(name)) {
      fetch(name);
    }
  }

  private void fetch(String name) {
    try {
      var secret = client.secrets().inNamespace(namespace).withName(name).get();
      unreadable.remove(name);
      if (secret == null) {
        secrets.remove(name); // deleted, and so used no more; whoever needs it asks again
      } else {
        secrets.put(name, secret);
      }
    } catch (KubernetesClientException e) {
      if (!Integer.valueOf(e.getCode()).equals(unreadable.put(name, e.getCode()))) {
        LOG.warn("Secret {} cannot be read: status {}", name, e.getCode());
      }
    }
  }

  private void refreshSecrets() {
    List.copyOf(secrets.keySet()).forEach(this::fetch);
  }

  @Override
  public boolean synced() {
    return synced;
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
    worker.shutdownNow();
    save();
  }
}
