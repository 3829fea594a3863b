package dev.tollgate.crd.resolve;

import dev.tollgate.crd.shard.Engine;
import java.util.List;

/** A shard pool with every default filled in. */
public record ShardPoolView(
    String name, Engine engine, int shards, int partitions, List<String> shardNames) {}
