package dev.tollgate.operator.tenant;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Chooses the least loaded shard of a pool; counts its own choices, which a cache sees late. */
final class ShardChoice {

  private final Map<String, String> shardOf = new HashMap<>();
  private final Map<String, Integer> load = new HashMap<>();

  /** Tells of a tenant whose shard is known. */
  synchronized void known(String tenantId, String shard) {
    var before = shardOf.put(tenantId, shard);
    if (before == null) {
      load.merge(shard, 1, Integer::sum);
    } else if (!before.equals(shard)) {
      load.merge(before, -1, Integer::sum);
      load.merge(shard, 1, Integer::sum);
    }
  }

  synchronized String choose(String tenantId, List<String> shards) {
    var best = shards.getFirst();
    for (var shard : shards) {
      if (load.getOrDefault(shard, 0) < load.getOrDefault(best, 0)) {
        best = shard;
      }
    }
    known(tenantId, best);
    return best;
  }
}
