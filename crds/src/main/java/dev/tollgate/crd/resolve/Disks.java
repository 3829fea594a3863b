package dev.tollgate.crd.resolve;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.view.DefaultPool;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * On whose disk the files of Embedded shard pools are: each pool's on that of one gateway pool.
 *
 * @param gatewayPools by the shard pool; without those that no gateway pool uses
 * @param unused Embedded shard pools that no gateway pool uses
 */
public record Disks(Map<String, String> gatewayPools, Set<String> unused) {

  /** Where there is one disk: every gateway pool has all files. */
  public static final Disks ONE = new Disks(Map.of(), Set.of());

  public Disks {
    gatewayPools = Map.copyOf(gatewayPools);
    unused = Set.copyOf(unused);
  }

  /** The gateway pool whose disk holds a shard pool's files; null where any may serve it. */
  public @Nullable String of(String shardPool) {
    return gatewayPools.get(shardPool);
  }

  /** Whether a shard pool was there, and Embedded, when this was found out. */
  public boolean know(String shardPool) {
    return gatewayPools.containsKey(shardPool) || unused.contains(shardPool);
  }

  /** The shard pools whose files are on the disk of a gateway pool. */
  public Set<String> on(String gatewayPool) {
    Set<String> found = new TreeSet<>();
    gatewayPools.forEach((shards, gateways) -> {
      if (gateways.equals(gatewayPool)) {
        found.add(shards);
      }
    });
    return found;
  }

  /**
   * Where each gateway pool has a disk of its own. What a status says holds, for there are files;
   * before that the oldest plan decides, and then the oldest platform.
   */
  static Disks apart(Manifests manifests, Comparator<HasMetadata> order) {
    Map<String, String> owners = new TreeMap<>();
    Set<String> unused = new TreeSet<>();
    manifests
        .shardPools()
        .forEach((name, pool) -> {
          if (pool.getSpec() == null || pool.getSpec().engine() != Engine.Embedded) {
            return;
          }
          String owner = owner(name, pool, manifests, order);
          if (owner == null) {
            unused.add(name);
          } else {
            owners.put(name, owner);
          }
        });
    return new Disks(owners, unused);
  }

  private static @Nullable String owner(
      String name, ShardPool pool, Manifests manifests, Comparator<HasMetadata> order) {
    if (pool.getStatus() != null && pool.getStatus().gatewayPool() != null) {
      return pool.getStatus().gatewayPool();
    }
    Stream<String> byPlans =
        manifests.plans().values().stream()
            .filter(plan -> plan.getSpec() != null && name.equals(shardPool(plan)))
            .sorted(order)
            .map(Disks::gatewayPool);
    Stream<String> byPlatforms =
        manifests.gatewayPools().values().stream()
            .filter(gateways -> name.equals(platform(gateways)))
            .sorted(order)
            .map(gateways -> gateways.getMetadata().getName());
    return Stream.concat(byPlans, byPlatforms)
        .filter(manifests.gatewayPools()::containsKey)
        .findFirst()
        .orElse(null);
  }

  private static String shardPool(Plan plan) {
    String named = plan.getSpec().shardPool();
    return named == null ? DefaultPool.NAME : named;
  }

  private static String gatewayPool(Plan plan) {
    String named = plan.getSpec().gatewayPool();
    return named == null ? DefaultPool.NAME : named;
  }

  private static String platform(GatewayPool pool) {
    return pool.getSpec() == null || pool.getSpec().platformDatabase() == null
        ? DefaultPool.NAME
        : pool.getSpec().platformDatabase().shardPool();
  }
}
