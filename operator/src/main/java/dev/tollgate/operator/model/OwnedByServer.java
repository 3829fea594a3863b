package dev.tollgate.operator.model;

import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.operator.Owner;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Map;

/**
 * Names, labels and ownership of what belongs to a server. Names begin with {@code
 * <server>-models}; everything dies with the server but the claims.
 */
record OwnedByServer(ModelServer server) {

  /** Label of everything that belongs to a server; its value is the server's name. */
  static final String LABEL = "tollgate.dev/model-server";

  String serverName() {
    return server.getMetadata().getName();
  }

  String namespace() {
    return server.getMetadata().getNamespace();
  }

  /** Name of the StatefulSet, the Service and everything there is one of. */
  String name() {
    return serverName() + "-models";
  }

  /** The claim of a replica's pod. */
  static String claim(String pod) {
    return OllamaSet.DATA + "-" + pod;
  }

  /** Labels of replicas and of their claims. */
  Map<String, String> replicaLabels() {
    return Map.of(LABEL, serverName(), "app.kubernetes.io/name", "tollgate-models");
  }

  /** Labels of the pods that bring files to the replicas. */
  Map<String, String> loaderLabels() {
    return Map.of(LABEL, serverName(), "app.kubernetes.io/name", "tollgate-model-files");
  }

  /** Metadata of something that is deleted with the server. */
  ObjectMeta meta(String called) {
    return new ObjectMetaBuilder()
        .withName(called)
        .withNamespace(namespace())
        .withLabels(Map.of(LABEL, serverName(), "app.kubernetes.io/name", "tollgate-models"))
        .addToLabels("app.kubernetes.io/managed-by", "tollgate")
        .withOwnerReferences(Owner.of(server))
        .build();
  }
}
