package dev.tollgate.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.jspecify.annotations.Nullable;

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

  private static final int UNPROCESSABLE = 422;

  private Apply() {}

  public static <T extends HasMetadata> T apply(KubernetesClient client, T desired) {
    return client.resource(desired).patch(CONTEXT);
  }

  /**
   * The same for something whose spec comes from a person.
   *
   * @return what the API server said when it refused it for good, or null when it was applied
   * @throws KubernetesClientException when it failed otherwise
   */
  public static @Nullable String orRefusal(KubernetesClient client, HasMetadata desired) {
    try {
      apply(client, desired);
      return null;
    } catch (KubernetesClientException e) {
      if (e.getCode() != UNPROCESSABLE) {
        throw e;
      }
      var said = e.getStatus() == null ? null : e.getStatus().getMessage();
      return said == null ? String.valueOf(e.getMessage()) : said;
    }
  }
}
