package dev.tollgate.operator;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.model.ModelServerStatus;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A model server named llm in a new namespace of each test: what is applied for it, and what the
 * operator makes of that.
 */
@NullUnmarked
final class LlmServer implements BeforeEachCallback, AfterEachCallback {

  private Platform platform;

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    platform = new Platform(8081);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (platform != null) {
      platform.close();
    }
  }

  Platform platform() {
    return platform;
  }

  /** A client of this namespace. */
  NamespacedKubernetesClient client() {
    return platform.here();
  }

  /** Applies the server with this spec. */
  void apply(String spec) {
    platform.apply(
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelServer
        metadata: {name: llm}
        spec:
        """
            + spec.indent(2));
  }

  /** Applies and waits for the StatefulSet of the replicas. */
  void create(String spec) {
    apply(spec);
    awaitReplicas();
  }

  void awaitReplicas() {
    Platform.await("the replicas exist", () -> set() != null);
  }

  /** The StatefulSet of the replicas, or null. */
  StatefulSet set() {
    return client().apps().statefulSets().withName("llm-models").get();
  }

  Container container() {
    return set().getSpec().getTemplate().getSpec().getContainers().getFirst();
  }

  ModelServerStatus status() {
    return client().resources(ModelServer.class).withName("llm").get().getStatus();
  }

  String state(String type) {
    return condition(type).status();
  }

  String reason(String type) {
    return condition(type).reason();
  }

  String message(String type) {
    return condition(type).message();
  }

  private Condition condition(String type) {
    return platform.condition("ModelServer", "llm", type);
  }
}
