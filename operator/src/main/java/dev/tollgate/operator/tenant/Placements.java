package dev.tollgate.operator.tenant;

import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.tenant.Tenant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which shard each tenant of a namespace is on. Counts its own choices at once, which a cache would
 * show late. Any thread.
 */
public final class Placements {

  private final Map<String, String> shardOf = new HashMap<>();
  private final Map<String, Integer> load = new HashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private Supplier<@Nullable Stream<Tenant>> source = () -> null;
  private boolean complete;

  /**
   * Where the tenants that are there already come from.
   *
   * @param tenants answers null until it knows all of them
   */
  synchronized void from(Supplier<@Nullable Stream<Tenant>> tenants) {
    source = tenants;
  }

  /** Called after a tenant was placed or is gone. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** How many tenants the shards have together; nothing while not all tenants are known. */
  public synchronized OptionalInt count(List<String> shards) {
    if (!complete()) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(shards.stream().mapToInt(s -> load.getOrDefault(s, 0)).sum());
  }

  /** Tells of a tenant whose shard is known. */
  void known(String tenant, String shard) {
    if (place(tenant, Placement.server(shard))) {
      listeners.forEach(Runnable::run);
    }
  }

  /** Tells that a tenant is gone. */
  void forget(String tenant) {
    if (place(tenant, null)) {
      listeners.forEach(Runnable::run);
    }
  }

  /** The shard with the fewest tenants, which has one more from now on. */
  String choose(String tenant, List<String> shards) {
    var best = taken(tenant, shards);
    listeners.forEach(Runnable::run);
    return best;
  }

  /** Chosen and taken in one step: tenants that come together see each other. */
  private synchronized String taken(String tenant, List<String> shards) {
    complete();
    var best = shards.getFirst();
    for (var shard : shards) {
      if (load.getOrDefault(shard, 0) < load.getOrDefault(best, 0)) {
        best = shard;
      }
    }
    place(tenant, Placement.server(best));
    return best;
  }

  private synchronized boolean place(String tenant, @Nullable String shard) {
    var before = shard == null ? shardOf.remove(tenant) : shardOf.put(tenant, shard);
    if (Objects.equals(before, shard)) {
      return false;
    }
    if (before != null) {
      load.merge(before, -1, Integer::sum);
    }
    if (shard != null) {
      load.merge(shard, 1, Integer::sum);
    }
    return true;
  }

  private synchronized boolean complete() {
    if (!complete) {
      var tenants = source.get();
      if (tenants != null) {
        tenants.forEach(tenant -> {
          var name = tenant.getMetadata().getName();
          var shard = tenant.getStatus() == null ? null : tenant.getStatus().shard();
          if (shard != null && !shardOf.containsKey(name)) {
            place(name, Placement.server(shard));
          }
        });
        complete = true;
      }
    }
    return complete;
  }
}
