package dev.tollgate.operator.resolution;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Which databases, and whether Redis, the replicas of a namespace cannot use. Asks every ready
 * replica every five seconds. Where none of a pool tells, what is known stays. Any thread; one of
 * its own asks.
 */
public final class Outages implements AutoCloseable {

  private static final String CONNECTED = "Connected";
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final int NAMED = 3;

  private final Replicas replicas;
  private final Resolution resolution;
  private final Question<Told> question;
  private final Rounds rounds = new Rounds("outages");
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** By pool; without those of which no replica has told. */
  private volatile Map<String, Known> known = Map.of();

  /** What one replica tells: in words what is the matter with shards, and where Redis is away. */
  private record Told(SortedMap<String, String> shards, String redis) {}

  /**
   * What is known of a pool.
   *
   * @param shards that replicas cannot use, by name
   * @param redis which does not answer; null when it does
   */
  private record Known(SortedMap<String, Trouble> shards, @Nullable Trouble redis) {}

  /**
   * Something that replicas cannot use.
   *
   * @param words what is the matter, or where it is
   * @param replicas those that say so
   */
  private record Trouble(String words, SortedSet<String> replicas) {

    Trouble and(Trouble other) {
      var all = new TreeSet<>(replicas);
      all.addAll(other.replicas());
      return new Trouble(words, all);
    }

    String told() {
      var first = replicas.stream().limit(NAMED).toList();
      var more = replicas.size() - first.size();
      return "as "
          + String.join(", ", first)
          + (more > 0 ? " and " + more + " more" : "")
          + (replicas.size() == 1 ? " tells" : " tell");
    }
  }

  public Outages(Replicas replicas, Resolution resolution) {
    this.replicas = replicas;
    this.resolution = resolution;
    question = new Question<>(replicas, "/tollgate/outages", Outages::read);
    rounds.start(EVERY, this::ask);
  }

  /** Calls {@code changed} whenever something else is told. */
  public void onChange(Runnable changed) {
    listeners.add(changed);
  }

  /**
   * Whether a GatewayPool's replicas can use what they need.
   *
   * @param before stays while no replica has told; empty where that says nothing either
   */
  public Optional<Wanted> ofGatewayPool(String pool, @Nullable List<Condition> before) {
    var now = known.get(pool);
    return now == null ? kept(before) : Optional.of(of(now));
  }

  private static Optional<Wanted> kept(@Nullable List<Condition> before) {
    return Conditions.find(before, CONNECTED) == null
        ? Optional.empty()
        : Optional.of(Wanted.kept(before, CONNECTED));
  }

  private static Wanted of(Known now) {
    List<String> sentences = sentences(now.shards());
    if (now.redis() != null) {
      sentences.add(
          "Redis at %s does not answer, %s; limits with backend: Redis do what their whenUnavailable says. See that it runs, that spec.redis is right, and that nothing keeps the gateways from it."
              .formatted(now.redis().words(), now.redis().told()));
    }
    if (!now.shards().isEmpty()) {
      return Wanted.no(CONNECTED, "ShardAway", String.join(" ", sentences));
    }
    return now.redis() == null
        ? Wanted.yes(
            CONNECTED,
            CONNECTED,
            "The replicas reach the databases of their tenants, and Redis where the pool has one.")
        : Wanted.no(CONNECTED, "RedisAway", String.join(" ", sentences));
  }

  /**
   * Whether gateways can use these shards of a ShardPool.
   *
   * @param before stays while no replica has told; empty where that says nothing either
   */
  public Optional<Wanted> ofShards(Collection<String> names, @Nullable List<Condition> before) {
    var now = known;
    return now.isEmpty() ? kept(before) : Optional.of(of(now, names));
  }

  private static Wanted of(Map<String, Known> now, Collection<String> names) {
    var away = new TreeMap<String, Trouble>();
    for (var pool : now.values()) {
      pool.shards()
          .forEach((shard, trouble) -> {
            if (names.contains(shard)) {
              away.merge(shard, trouble, Trouble::and);
            }
          });
    }
    return away.isEmpty()
        ? Wanted.yes(
            CONNECTED,
            CONNECTED,
            "The gateways reach each shard on which they have tenants, and those of External pools that their plans name.")
        : Wanted.no(CONNECTED, "ShardAway", String.join(" ", sentences(away)));
  }

  private static List<String> sentences(SortedMap<String, Trouble> shards) {
    List<String> sentences = new ArrayList<>();
    shards.forEach((shard, trouble) ->
        sentences.add("Shard %s %s, %s.".formatted(shard, trouble.words(), trouble.told())));
    if (!shards.isEmpty()) {
      sentences.add(
          "Calls are served on, their usage waits in the usage logs, and what needs the database"
              + " answers 503.");
    }
    return sentences;
  }

  private void ask() {
    var before = known;
    Map<String, Known> now = new HashMap<>();
    for (var pool : resolution.shared().gatewayPools().keySet()) {
      var told = ask(pool);
      var last = told == null ? before.get(pool) : told;
      if (last != null) {
        now.put(pool, last);
      }
    }
    if (!now.equals(before)) {
      known = Map.copyOf(now);
      listeners.forEach(Runnable::run);
    }
  }

  private @Nullable Known ask(String pool) {
    var shards = new TreeMap<String, Trouble>();
    Trouble redis = null;
    var answered = false;
    for (var replica : replicas.ready(Set.of(pool))) {
      var told = question.ask(replica).orElse(null);
      if (told == null) {
        continue;
      }
      answered = true;
      var name = new TreeSet<>(Set.of(replica.getMetadata().getName()));
      told.shards()
          .forEach((shard, words) -> shards.merge(shard, new Trouble(words, name), Trouble::and));
      if (!told.redis().isEmpty()) {
        var away = new Trouble(told.redis(), name);
        redis = redis == null ? away : redis.and(away);
      }
    }
    return answered ? new Known(shards, redis) : null;
  }

  private static Told read(JsonNode body) {
    var shards = new TreeMap<String, String>();
    body.path("shards")
        .properties()
        .forEach(entry -> shards.put(entry.getKey(), entry.getValue().asText()));
    return new Told(shards, body.path("redis").asText());
  }

  @Override
  public void close() {
    rounds.close();
  }
}
