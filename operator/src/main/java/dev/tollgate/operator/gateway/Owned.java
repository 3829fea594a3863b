package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.operator.Owner;
import dev.tollgate.operator.resolution.Replicas;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Map;

/**
 * Names, labels and ownership of what belongs to a pool. Names begin with {@code <pool>-gateway};
 * everything dies with the pool but the claims of the usage log.
 */
record Owned(GatewayPool pool) {

  /** Selector of what the operator made, whoever it was made for. */
  static final String MANAGED = "app.kubernetes.io/managed-by=tollgate";

  String poolName() {
    return pool.getMetadata().getName();
  }

  String namespace() {
    return pool.getMetadata().getNamespace();
  }

  /** Name of the StatefulSet, the Service and everything there is one of. */
  String name() {
    return poolName() + "-gateway";
  }

  /** Labels of replicas and, since the StatefulSet copies its selector to them, of their claims. */
  Map<String, String> labels() {
    return Map.of(Replicas.POOL_LABEL, poolName(), "app.kubernetes.io/name", "tollgate-gateway");
  }

  /** Metadata of something that is deleted with the pool. */
  ObjectMeta meta(String called) {
    return new ObjectMetaBuilder()
        .withName(called)
        .withNamespace(namespace())
        .withLabels(labels())
        .addToLabels("app.kubernetes.io/managed-by", "tollgate")
        .withOwnerReferences(Owner.of(pool))
        .build();
  }
}
