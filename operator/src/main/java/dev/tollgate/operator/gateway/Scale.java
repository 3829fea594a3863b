package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.operator.Apply;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many replicas a pool has.
 *
 * @param min at least, from 1
 * @param max at most; an autoscaler chooses where it is more than {@code min}
 * @param held how many the spec asks for where one is all there can be; else 0
 */
record Scale(int min, int max, int held) {

  /**
   * @param one whether there can be one replica only: its data is on its own disk
   */
  static Scale of(GatewayPool pool, boolean one) {
    var replicas = pool.getSpec() == null ? null : pool.getSpec().replicas();
    int min = replicas == null || replicas.min() == null ? 1 : replicas.min();
    int max = replicas == null || replicas.max() == null ? min : Math.max(min, replicas.max());
    return one ? new Scale(1, 1, max > 1 ? max : 0) : new Scale(min, max, 0);
  }

  boolean autoscaled() {
    return max > min;
  }

  /**
   * The replicas to apply, or null where the autoscaler has the field. Before the autoscaler's
   * first write the field stays ours at its present value: a server-side apply that leaves out a
   * field it owned would set it back to 1, and a pool of eight would shrink for a moment.
   */
  @Nullable Integer applied(@Nullable StatefulSet now) {
    if (!autoscaled()) {
      return min;
    }
    if (now == null) {
      return min;
    }
    var present = now.getSpec().getReplicas() == null ? min : now.getSpec().getReplicas();
    return ours(now) ? Math.clamp(present, min, max) : null;
  }

  private static boolean ours(StatefulSet set) {
    return set.getMetadata().getManagedFields().stream()
        .filter(entry -> Apply.FIELD_MANAGER.equals(entry.getManager()))
        .anyMatch(Scale::namesReplicas);
  }

  private static boolean namesReplicas(ManagedFieldsEntry entry) {
    return entry.getFieldsV1() != null
        && entry.getFieldsV1().getAdditionalProperties().get("f:spec") instanceof Map<?, ?> spec
        && spec.containsKey("f:replicas");
  }
}
