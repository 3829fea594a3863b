package dev.tollgate.operator.pod;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;

/**
 * The operator's pods, as a NetworkPolicy knows them: by their labels, and by the namespace that
 * they are in, for anybody may give a pod such labels in a namespace of their own.
 */
public final class OperatorPeer {

  private OperatorPeer() {}

  /**
   * @param namespace the operator's own
   */
  public static NetworkPolicyPeer in(String namespace) {
    return new NetworkPolicyPeerBuilder()
        .withNewNamespaceSelector()
        .addToMatchLabels("kubernetes.io/metadata.name", namespace)
        .endNamespaceSelector()
        .withNewPodSelector()
        .addToMatchLabels("app.kubernetes.io/name", "tollgate")
        .addToMatchLabels("app.kubernetes.io/component", "operator")
        .endPodSelector()
        .build();
  }
}
