package dev.tollgate.operator.pod;

import dev.tollgate.crd.common.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Taints of nodes that pods put up with, as a pod's spec has them. */
public final class Tolerations {

  private Tolerations() {}

  /** Null where none are asked for. */
  public static @Nullable List<io.fabric8.kubernetes.api.model.Toleration> of(
      @Nullable List<Toleration> asked) {
    return asked == null
        ? null
        : asked.stream()
            .map(t ->
                new TolerationBuilder()
                    .withKey(t.key())
                    .withOperator(t.operator())
                    .withValue(t.value())
                    .withEffect(t.effect())
                    .build())
            .toList();
  }
}
