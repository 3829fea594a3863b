package dev.tollgate.operator.gateway;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/** Everything that stands around the replicas of a pool: accounts, ports, budgets. */
final class GatewayResources {

  private final Owned owned;
  private final SortedSet<String> secretNames;
  private final Listeners listeners;

  /**
   * @param secretNames the Secrets the replicas may read, and no other
   */
  GatewayResources(Owned owned, SortedSet<String> secretNames) {
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
                "tenants", "plans", "ratelimitpolicies", "apiroutes", "shardpools", "gatewaypools")
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
    return new ServiceBuilder()
        .withMetadata(owned.meta(owned.name()))
        .withNewSpec()
        .withSelector(owned.labels())
        .withPorts(listeners.servicePorts())
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

  private HasMetadata networkPolicy() {
    return new NetworkPolicyBuilder()
        .withMetadata(owned.meta(owned.name()))
        .withNewSpec()
        .withNewPodSelector()
        .withMatchLabels(owned.labels())
        .endPodSelector()
        .withPolicyTypes("Ingress")
        .addNewIngress()
        .addNewPort()
        .withProtocol("TCP")
        .withPort(new IntOrString("http"))
        .endPort()
        .endIngress()
        .addNewIngress()
        .addNewFrom()
        .withNewPodSelector()
        .endPodSelector()
        .endFrom()
        .addNewPort()
        .withProtocol("TCP")
        .withPort(new IntOrString("management"))
        .endPort()
        .endIngress()
        .endSpec()
        .build();
  }
}
