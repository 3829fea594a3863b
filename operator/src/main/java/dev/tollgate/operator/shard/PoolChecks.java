package dev.tollgate.operator.shard;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.operator.pod.Quantities;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is wrong with a Managed pool before anything is made for it. */
final class PoolChecks {

  /** A StatefulSet's pods carry its name and a hash in a label of 63 characters. */
  private static final int LONGEST_NAME = 52;

  private PoolChecks() {}

  static List<Finding> of(ShardPool pool) {
    var spec = pool.getSpec();
    if (spec == null || spec.engine() != Engine.Managed) {
      return List.of();
    }
    var name = pool.getMetadata().getName();
    List<Finding> findings =
        new ArrayList<>(
            Quantities.check(
                "ShardPool",
                name,
                null,
                spec.storage() == null ? Map.of() : Map.of("spec.storage", spec.storage())));
    var last = name + "-" + (spec.shards() == null ? 0 : spec.shards() - 1);
    if (last.length() > LONGEST_NAME) {
      findings.add(
          new Finding(
              "ShardPool",
              name,
              "Accepted",
              "NameTooLong",
              "the database "
                  + last
                  + " cannot run under a name of more than "
                  + LONGEST_NAME
                  + " characters; make a pool with a shorter name",
              "metadata.name"));
    }
    return findings;
  }
}
