package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.SECURE;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may reach the replicas of a pool, and what the replicas may do. */
class GatewayPoolAccessTest {

  private static final String SERVICE_MONITORS =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata:
        name: servicemonitors.monitoring.coreos.com
        annotations: {api-approved.kubernetes.io: unapproved}
      spec:
        group: monitoring.coreos.com
        names: {kind: ServiceMonitor, plural: servicemonitors, singular: servicemonitor, listKind: ServiceMonitorList}
        scope: Namespaced
        versions:
        - name: v1
          served: true
          storage: true
          schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
      """;

  @RegisterExtension final EdgePool edge = new EdgePool();

  private HasMetadata serviceMonitors() {
    HasMetadata crd = edge.client().getKubernetesSerialization().unmarshal(SERVICE_MONITORS);
    edge.client().resource(crd).create();
    return crd;
  }

  private void awaitServiceMonitors() {
    await(
        "the kind is served",
        () -> edge.client().supports("monitoring.coreos.com/v1", "ServiceMonitor"));
  }

  @Test
  void aServiceMonitorOfSomebodyElseIsLeftAloneAndTold() {
    var crd = serviceMonitors();
    try {
      awaitServiceMonitors();
      edge.apply(
          """
          apiVersion: monitoring.coreos.com/v1
          kind: ServiceMonitor
          metadata: {name: edge-gateway}
          spec: {mine: true}
          """);
      edge.apply(EXTERNAL + pool(""));
      await("it is told", () -> "NameTaken".equals(edge.reason("Accepted")));
      assertThat(edge.message("Accepted")).contains("ServiceMonitor edge-gateway");
      var mine =
          edge.client()
              .genericKubernetesResources("monitoring.coreos.com/v1", "ServiceMonitor")
              .withName("edge-gateway")
              .get();
      assertThat(mine.<Object>get("spec", "endpoints")).isNull();
    } finally {
      edge.client().resource(crd).delete();
    }
  }

  @Test
  void listenersAreOpenToAllAndTheOtherPortsToOperatorAndPrometheus() {
    edge.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    var policies = edge.client().network().v1().networkPolicies().withName("edge-gateway");
    await("the policy is there", () -> policies.get() != null);
    var rules = policies.get().getSpec().getIngress();
    assertThat(rules).hasSize(3);
    assertThat(rules.get(0).getFrom()).isEmpty();
    assertThat(rules.get(0).getPorts())
        .extracting(p -> p.getPort().getStrVal())
        .containsExactly("https");
    assertThat(rules.get(1).getPorts())
        .extracting(p -> p.getPort().getStrVal())
        .containsExactly("operator");
    assertThat(rules.get(1).getFrom())
        .singleElement()
        .satisfies(peer -> {
          assertThat(peer.getPodSelector().getMatchLabels())
              .containsOnly(
                  Map.entry("app.kubernetes.io/name", "tollgate"),
                  Map.entry("app.kubernetes.io/component", "operator"));
          assertThat(peer.getNamespaceSelector().getMatchLabels())
              .containsOnly(Map.entry("kubernetes.io/metadata.name", edge.platform().namespace()));
        });
    assertThat(rules.get(2).getPorts())
        .extracting(p -> p.getPort().getStrVal())
        .containsExactly("management");
    assertThat(rules.get(2).getFrom())
        .singleElement()
        .satisfies(peer -> {
          assertThat(peer.getPodSelector().getMatchLabels())
              .containsOnly(Map.entry("app.kubernetes.io/name", "prometheus"));
          assertThat(peer.getNamespaceSelector().getMatchLabels()).as("any").isEmpty();
        });
  }

  @Test
  void thePrometheusOperatorIsToldWhereItsKindIsServed() {
    var crd = serviceMonitors();
    try {
      awaitServiceMonitors();
      edge.apply(EXTERNAL + pool(""));
      var monitors =
          edge.client()
              .genericKubernetesResources("monitoring.coreos.com/v1", "ServiceMonitor")
              .withName("edge-gateway");
      await("it is told", () -> monitors.get() != null);
      var monitor = monitors.get();
      assertThat(monitor.<String>get("spec", "endpoints", 0, "port")).isEqualTo("management");
      assertThat(monitor.<String>get("spec", "endpoints", 0, "path")).isEqualTo("/prometheus");
      assertThat(monitor.getMetadata().getLabels()).containsEntry("release", "monitoring");
      assertThat(monitor.getMetadata().getOwnerReferences().getFirst().getKind())
          .isEqualTo("GatewayPool");
    } finally {
      edge.client().resource(crd).delete();
    }
  }

  @Test
  void theReplicasMayReadTheSecretsTheyNeedAndNoOther() {
    makeSecret("unrelated", "upstream");
    for (var name : List.of("api-ca", "llm-ca", "llm-key", "shop-key")) {
      makeSecret(name, "upstream");
    }
    for (var name : List.of("acme-hmac", "acme-other", "platform-hmac")) {
      makeSecret(name, "jwt");
    }
    makeSecret("one-password", "store");
    makeSecret("redis", "redis");
    makeSecret("stripe", "billing");
    makeSecret("stripe-hook", "billing");
    edge.apply(
        EXTERNAL
            + """
            apiVersion: tollgate.dev/v1alpha1
            kind: ShardPool
            metadata: {name: own}
            spec: {engine: Managed, shards: 2}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ApiRoute
            metadata: {name: shop}
            spec:
              parentRefs: [{name: edge}]
              match: {path: /shop}
              backends:
              - name: shop
                url: https://shop
                caSecretRef: {name: api-ca, key: ca.crt}
                headers: [{name: X-Key, valueSecretRef: {name: shop-key, key: k}}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: chat}
            spec:
              parentRefs: [{name: edge}]
              models: [llama3]
              backends:
              - {name: cloud, provider: OpenAI, url: "https://llm.example/v1", model: m, keySecretRef: {name: llm-key, key: k}, caSecretRef: {name: llm-ca, key: ca.crt}}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: BillingProvider
            metadata: {name: stripe}
            spec: {stripe: {apiKeySecretRef: {name: stripe, key: k}, webhookSecretRefs: [{name: stripe-hook, key: k}]}}
            ---
            """
            + pool(
                "redis: {url: 'redis://r:6379', passwordSecretRef: {name: redis, key: p}}, trusts:"
                    + " [{issuer: 'https://a', audiences: [t], tenantClaim: c, hmacSecretRef: {name:"
                    + " platform-hmac, key: k}}]"));
    await(
        "all are named",
        () ->
            readable()
                .equals(
                    List.of(
                        "api-ca",
                        "llm-ca",
                        "llm-key",
                        "one-password",
                        "own-credentials-0",
                        "own-credentials-1",
                        "platform-hmac",
                        "redis",
                        "shop-key",
                        "stripe",
                        "stripe-hook")));
    edge.apply(tenant("acme-hmac"));
    await("a tenant's own is named", () -> readable().contains("acme-hmac"));
    edge.apply(tenant("acme-other"));
    await("and the next", () -> readable().contains("acme-other"));
    assertThat(readable()).doesNotContain("acme-hmac");
    edge.client().resources(Tenant.class).withName("acme").delete();
    await("and none", () -> !readable().contains("acme-other"));
    var verbs = role().getRules().stream().filter(r -> r.getResources().contains("secrets"));
    assertThat(verbs).allMatch(r -> r.getVerbs().equals(List.of("get", "list", "watch")));
  }

  @Test
  void aSecretIsOpenedByItsLabelAndNotByNamingIt() {
    makeSecret("shop-key", "store");
    edge.apply(
        EXTERNAL
            + """
            apiVersion: tollgate.dev/v1alpha1
            kind: ApiRoute
            metadata: {name: shop}
            spec:
              parentRefs: [{name: edge}]
              match: {path: /shop}
              backends:
              - name: shop
                url: https://shop
                headers:
                - {name: X-Key, valueSecretRef: {name: shop-key, key: k}}
                - {name: X-Other, valueSecretRef: {name: not-there, key: k}}
            ---
            """
            + pool(""));
    await("the role is there", () -> role() != null);
    makeSecret("one-password", "store");
    await("the shard's is named", () -> readable().contains("one-password"));
    assertThat(readable()).containsExactly("one-password");
    makeSecret("shop-key", "upstream");
    await("it is named", () -> readable().contains("shop-key"));
    makeSecret("shop-key", "jwt");
    await("it is not any more", () -> !readable().contains("shop-key"));
  }

  private void makeSecret(String name, String use) {
    edge.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: %s, labels: {tollgate.dev/use: %s}}
        stringData: {k: content, p: content}
        """
            .formatted(name, use));
  }

  @Test
  void aPermissionAddedByHandIsTakenAway() {
    edge.apply(EXTERNAL + pool(""));
    await("the role is there", () -> role() != null);
    edge.client()
        .resource(role())
        .edit(r -> {
          r.getRules().forEach(rule -> rule.setVerbs(List.of("*")));
          return r;
        });
    await(
        "it is repaired",
        () -> role().getRules().stream().noneMatch(r -> r.getVerbs().contains("*")));
  }

  @Test
  void replicasAndJobsKeepToRestrictedPodSecurity() {
    edge.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    edge.makeClaim(3);
    await("a Job drains it", () -> edge.drain(3) != null);
    edge.client()
        .namespaces()
        .withName(edge.platform().namespace())
        .edit(n -> {
          n.getMetadata().getLabels().put("pod-security.kubernetes.io/enforce", "restricted");
          return n;
        });
    for (var template :
        List.of(edge.set().getSpec().getTemplate(), edge.drain(3).getSpec().getTemplate())) {
      var pod =
          new PodBuilder()
              .withNewMetadata()
              .withGenerateName("as-made-")
              .withNamespace(edge.platform().namespace())
              .endMetadata()
              .withSpec(template.getSpec())
              .editSpec()
              .addToVolumes(
                  new VolumeBuilder().withName("data").withNewEmptyDir().endEmptyDir().build())
              .endSpec()
              .build();
      pod.getSpec()
          .setVolumes(
              pod.getSpec().getVolumes().stream()
                  .filter(v -> v.getPersistentVolumeClaim() == null)
                  .toList());
      assertThat(edge.client().resource(pod).create()).isNotNull();
    }
  }

  private static String tenant(String secret) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: Tenant
    metadata: {name: acme}
    spec:
      plan: basic
      trusts: [{issuer: "https://acme", audiences: [t], hmacSecretRef: {name: %s, key: k}}]
    ---
    """
        .formatted(secret);
  }

  private Role role() {
    return edge.client().rbac().roles().withName("edge-gateway").get();
  }

  /** Names of the Secrets that the replicas may read. */
  private List<String> readable() {
    return role().getRules().stream()
        .filter(r -> r.getResources().contains("secrets"))
        .flatMap(r -> r.getResourceNames().stream())
        .toList();
  }
}
