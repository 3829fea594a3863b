package dev.tollgate.operator.model;

import dev.tollgate.operator.pod.OperatorPeer;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPortBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Everything that stands around the replicas of a server. */
final class OllamaResources {

  private final OwnedByServer owned;
  private final String operatorNamespace;

  OllamaResources(OwnedByServer owned, String operatorNamespace) {
    this.owned = owned;
    this.operatorNamespace = operatorNamespace;
  }

  /**
   * In the order they are applied: what the replicas need is there before them.
   *
   * @param required full names of the models that a new replica must hold before it joins
   */
  List<HasMetadata> all(Collection<String> required) {
    var name = owned.name();
    return List.of(
        new ServiceAccountBuilder().withMetadata(owned.meta(name)).build(),
        new ConfigMapBuilder()
            .withMetadata(owned.meta(name))
            .withData(
                Map.of(
                    OllamaSet.REQUIRED,
                    String.join("", required.stream().map(m -> m + "\n").toList())))
            .build(),
        new ServiceBuilder()
            .withMetadata(owned.meta(name))
            .withNewSpec()
            .withSelector(owned.replicaLabels())
            .addNewPort()
            .withName("http")
            .withPort(OllamaSet.PORT)
            .withTargetPort(new IntOrString("http"))
            .withProtocol("TCP")
            .endPort()
            .endSpec()
            .build(),
        new PodDisruptionBudgetBuilder()
            .withMetadata(owned.meta(name))
            .withNewSpec()
            .withMaxUnavailable(new IntOrString(1))
            .withNewSelector()
            .withMatchLabels(owned.replicaLabels())
            .endSelector()
            .endSpec()
            .build(),
        networkPolicy());
  }

  /**
   * Ollama knows no keys, so only those who keep the accounts may call it: the gateways of the
   * namespace, the operator, and the pods that bring files.
   */
  private HasMetadata networkPolicy() {
    return new NetworkPolicyBuilder()
        .withMetadata(owned.meta(owned.name()))
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(owned.replicaLabels())
        .endPodSelector()
        .withPolicyTypes("Ingress")
        .addNewIngress()
        .withFrom(
            here(Map.of("app.kubernetes.io/name", "tollgate-gateway")),
            here(owned.loaderLabels()),
            OperatorPeer.in(operatorNamespace))
        .withPorts(
            new NetworkPolicyPortBuilder()
                .withProtocol("TCP")
                .withPort(new IntOrString("http"))
                .build())
        .endIngress()
        .endSpec()
        .build();
  }

  /** Pods of the same namespace with these labels. */
  private static NetworkPolicyPeer here(Map<String, String> labels) {
    return new NetworkPolicyPeerBuilder()
        .withNewPodSelector()
        .withMatchLabels(labels)
        .endPodSelector()
        .build();
  }
}
