package dev.tollgate.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;

/**
 * Server-side apply as the field manager {@code tollgate}; applying the same twice writes nothing.
 */
public final class Apply {

  /** Owner of every field the operator sets. */
  public static final String FIELD_MANAGER = "tollgate";

  private static final PatchContext CONTEXT =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(FIELD_MANAGER)
          .withForce(true)
          .build();

  private Apply() {}

  public static <T extends HasMetadata> T apply(KubernetesClient client, T desired) {
    return client.resource(desired).patch(CONTEXT);
  }
}
