package dev.tollgate.operator.gateway;

import dev.tollgate.crd.gateway.Protocol;
import dev.tollgate.operator.pod.OperatorPeer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPortBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/** Everything that stands around the replicas of a pool: accounts, ports, budgets. */
final class GatewayResources {

  private final Owned owned;
  private final SortedSet<String> secretNames;
  private final Listeners listeners;
  private final String operatorNamespace;

  /**
   * @param secretNames the Secrets the replicas may read, and no other
   * @param operatorNamespace whence the operator connects
   */
  GatewayResources(Owned owned, SortedSet<String> secretNames, String operatorNamespace) {
    this.operatorNamespace = operatorNamespace;
    this.owned = owned;
    this.secretNames = secretNames;
    this.listeners = Listeners.of(owned.pool());
  }

  /** In the order they are applied: what the replicas need is there before them. */
  List<HasMetadata> all() {
    var name = owned.name();
    List<HasMetadata> all = new ArrayList<>();
    all.add(new ServiceAccountBuilder().withMetadata(owned.meta(name)).build());
    all.add(new RoleBuilder().withMetadata(owned.meta(name)).withRules(rules()).build());
    all.add(
        new RoleBindingBuilder()
            .withMetadata(owned.meta(name))
            .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
            .addNewSubject()
            .withKind("ServiceAccount")
            .withName(name)
            .withNamespace(owned.namespace())
            .endSubject()
            .build());
    all.add(headless());
    all.add(service());
    all.add(
        new PodDisruptionBudgetBuilder()
            .withMetadata(owned.meta(name))
            .withNewSpec()
            .withMaxUnavailable(new IntOrString(1))
            .withNewSelector()
            .withMatchLabels(owned.labels())
            .endSelector()
            .endSpec()
            .build());
    all.add(networkPolicy());
    return all;
  }

  private List<PolicyRule> rules() {
    List<PolicyRule> rules = new ArrayList<>();
    rules.add(
        new PolicyRuleBuilder()
            .withApiGroups("tollgate.dev")
            .withResources(
                "tenants",
                "plans",
                "ratelimitpolicies",
                "apiroutes",
                "shardpools",
                "gatewaypools",
                "modelroutes",
                "modelservers",
                "prompttemplates",
                "experiments",
                "billingproviders")
            .withVerbs("get", "list", "watch")
            .build());
    if (!secretNames.isEmpty()) {
      rules.add(
          new PolicyRuleBuilder()
              .withApiGroups("")
              .withResources("secrets")
              .withResourceNames(List.copyOf(secretNames))
              .withVerbs("get", "list", "watch")
              .build());
    }
    return rules;
  }

  private Service service() {
    var service =
        new ServiceBuilder()
            .withMetadata(owned.meta(owned.name()))
            .withNewSpec()
            .withSelector(owned.labels())
            .withPorts(listeners.servicePorts())
            .endSpec();
    var asked = owned.pool().getSpec().service();
    if (asked == null) {
      return service.build();
    }
    return service
        .editMetadata()
        .addToAnnotations(asked.annotations())
        .endMetadata()
        .editSpec()
        .withType(asked.type())
        .withLoadBalancerClass(asked.loadBalancerClass())
        .withLoadBalancerSourceRanges(asked.loadBalancerSourceRanges())
        .withExternalTrafficPolicy(asked.externalTrafficPolicy())
        .withIpFamilyPolicy(asked.ipFamilyPolicy())
        .endSpec()
        .build();
  }

  private Service headless() {
    return new ServiceBuilder()
        .withMetadata(owned.meta(owned.name() + "-replicas"))
        .withNewSpec()
        .withClusterIP("None")
        .withPublishNotReadyAddresses(true)
        .withSelector(owned.labels())
        .addNewPort()
        .withName("management")
        .withPort(Replica.MANAGEMENT_PORT)
        .withTargetPort(new IntOrString("management"))
        .withProtocol("TCP")
        .endPort()
        .endSpec()
        .build();
  }

  /**
   * Who may connect to a replica. The ports of the listeners are open to all. The operator's port
   * is open to the operator's pods, in the operator's own namespace alone. The management port
   * (health, metrics, administration) is open to pods of Prometheus, known by the label {@code
   * app.kubernetes.io/name: prometheus} that its operator and its chart give them, in whatever
   * namespace they are; the kubelet's probes come from the node and are not subject to policies.
   * Policies add up: another scraper is let in by a NetworkPolicy of your own.
   */
  private HasMetadata networkPolicy() {
    List<NetworkPolicyPort> open = new ArrayList<>();
    if (listeners.has(Protocol.HTTP)) {
      open.add(port("http"));
    }
    if (listeners.has(Protocol.HTTPS)) {
      open.add(port("https"));
    }
    return new NetworkPolicyBuilder()
        .withMetadata(owned.meta(owned.name()))
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(owned.labels())
        .endPodSelector()
        .withPolicyTypes("Ingress")
        .addNewIngress()
        .withPorts(open)
        .endIngress()
        .addNewIngress()
        .withFrom(OperatorPeer.in(operatorNamespace))
        .withPorts(port("operator"))
        .endIngress()
        .addNewIngress()
        .withFrom(anywhere(Map.of("app.kubernetes.io/name", "prometheus")))
        .withPorts(port("management"))
        .endIngress()
        .endSpec()
        .build();
  }

  private static NetworkPolicyPort port(String called) {
    return new NetworkPolicyPortBuilder()
        .withProtocol("TCP")
        .withPort(new IntOrString(called))
        .build();
  }

  /** Pods with these labels in any namespace. */
  private static NetworkPolicyPeer anywhere(Map<String, String> labels) {
    return new NetworkPolicyPeerBuilder()
        .withNewNamespaceSelector()
        .endNamespaceSelector()
        .withNewPodSelector()
        .withMatchLabels(labels)
        .endPodSelector()
        .build();
  }
}
