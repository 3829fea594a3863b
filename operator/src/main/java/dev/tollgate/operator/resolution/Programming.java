package dev.tollgate.operator.resolution;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether every ready replica serves a resource. Asks the replicas once a second, in batches,
 * and only about what is waited for; what a status says already is not asked again, since a replica
 * becomes ready only once it is in sync. Any thread; one of its own asks.
 */
public final class Programming implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Programming.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int BATCH = 1000;

  /** A resource that is waited for so long is looked at again: it may be gone. */
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** What replicas said is kept so many seconds after the last resource that was waited for. */
  private static final int KEEP_SECONDS = 60;

  private final Replicas replicas;

  /** What replicas have said, by the UID of the pod and the resource. */
  private final Map<String, Map<String, Long>> served = new ConcurrentHashMap<>();

  /** By the resource. */
  private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();

  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("programming").factory());

  /** Only the worker's. */
  private int idleSeconds;

  private record Waiting(
      Set<String> pools,
      ResourceID id,
      long generation,
      Consumer<ResourceID> wake,
      long sinceNanos) {}

  public Programming(Replicas replicas) {
    this.replicas = replicas;
    var _ = worker.scheduleWithFixedDelay(this::ask, 1, 1, TimeUnit.SECONDS);
  }

  /**
   * The Programmed condition of one resource; while it is not true, {@code wake} is called when
   * that may have changed.
   *
   * @param pools the gateway pools that are to serve it
   * @param before the conditions that it has
   */
  public Wanted condition(
      Set<String> pools,
      HasMetadata resource,
      @Nullable List<Condition> before,
      Consumer<ResourceID> wake) {
    var key = key(resource);
    var generation = resource.getMetadata().getGeneration();
    var names = String.join(", ", new TreeSet<>(pools));
    var good =
        Wanted.yes(
            "Programmed",
            "Programmed",
            "Every ready replica of GatewayPool " + names + " serves it.");
    var ready = replicas.ready(pools);
    var serving = ready.stream().filter(pod -> serves(pod, key, generation)).count();
    if (!ready.isEmpty() && (serving == ready.size() || said(before, good, generation))) {
      waiting.remove(key);
      return good;
    }
    waiting.put(
        key,
        new Waiting(pools, ResourceID.fromResource(resource), generation, wake, System.nanoTime()));
    return ready.isEmpty()
        ? Wanted.no(
            "Programmed",
            "NoReplicas",
            "No replica of GatewayPool " + names + " is ready; see kubectl describe gatewaypool.")
        : Wanted.no("Programmed", "Pending", "Not every replica serves it yet.");
  }

  /** Forgets a resource that is gone. */
  public void forget(HasMetadata resource) {
    waiting.remove(key(resource));
  }

  private static String key(HasMetadata resource) {
    return resource.getKind() + "/" + resource.getMetadata().getName();
  }

  private static boolean said(@Nullable List<Condition> before, Wanted good, long generation) {
    var condition = Conditions.find(before, good.type());
    return condition != null
        && condition.status().equals(good.status())
        && condition.message().equals(good.message())
        && Objects.equals(condition.observedGeneration(), generation);
  }

  private boolean serves(Pod replica, String key, long generation) {
    var seen = served.get(replica.getMetadata().getUid());
    return seen != null && seen.getOrDefault(key, -1L) >= generation;
  }

  private void ask() {
    try {
      if (waiting.isEmpty()) {
        if (++idleSeconds == KEEP_SECONDS) {
          served.clear();
        }
        return;
      }
      idleSeconds = 0;
      var asked = Map.copyOf(waiting);
      Map<String, List<Pod>> byPool = new HashMap<>();
      for (var want : asked.values()) {
        for (var pool : want.pools()) {
          byPool.computeIfAbsent(pool, p -> replicas.ready(Set.of(p)));
        }
      }
      byPool.forEach((pool, ready) -> ready.forEach(pod -> ask(pod, pool, asked)));
      asked.forEach((key, want) -> {
        var ready =
            want.pools().stream()
                .flatMap(pool -> byPool.getOrDefault(pool, List.of()).stream())
                .toList();
        var done =
            !ready.isEmpty() && ready.stream().allMatch(pod -> serves(pod, key, want.generation()));
        var old = System.nanoTime() - want.sinceNanos() > LOOK_AGAIN_NANOS;
        if ((done || old) && waiting.remove(key, want)) {
          want.wake().accept(want.id());
        }
      });
    } catch (RuntimeException e) {
      LOG.warn("Asking the replicas failed, trying again", e);
    }
  }

  /** Asks a replica about everything of its pool that it has not said yet. */
  private void ask(Pod replica, String pool, Map<String, Waiting> asked) {
    List<String> open = new ArrayList<>();
    asked.forEach((key, want) -> {
      if (want.pools().contains(pool) && !serves(replica, key, want.generation())) {
        open.add(key);
      }
    });
    var seen =
        served.computeIfAbsent(replica.getMetadata().getUid(), uid -> new ConcurrentHashMap<>());
    try {
      for (int from = 0; from < open.size(); from += BATCH) {
        var batch = open.subList(from, Math.min(open.size(), from + BATCH));
        seen.putAll(generations(replica, batch));
      }
    } catch (IOException e) {
      LOG.debug("{} did not answer: {}", replica.getMetadata().getName(), e.toString());
    }
  }

  private Map<String, Long> generations(Pod replica, List<String> resources) throws IOException {
    var answer =
        replicas.send(
            replica,
            "/tollgate/programmed",
            HttpRequest.newBuilder()
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json(resources))),
            PATIENCE);
    if (answer.statusCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("it answered " + answer.statusCode());
    }
    Map<String, Long> seen = new HashMap<>();
    JSON.readTree(answer.body())
        .path("resources")
        .properties()
        .forEach(f -> seen.put(f.getKey(), f.getValue().asLong()));
    return seen;
  }

  private static String json(List<String> resources) throws JsonProcessingException {
    return JSON.writeValueAsString(Map.of("resources", resources));
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
