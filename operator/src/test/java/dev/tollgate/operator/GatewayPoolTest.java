package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class GatewayPoolTest {

  private Platform platform;
  private KubernetesClient client;
  private String namespace = "";

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
    client = platform.client();
    namespace = platform.namespace();
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  @Test
  void anHttpsListenerLeadsToThePodsHttpsPortWithItsCertificateMounted() {
    secret("api-cert", "kubernetes.io/tls", "tls.crt", "tls.key");
    platform.apply(EXTERNAL + pool("listeners: [" + PLAIN + ", " + SECURE + "]"));
    await("the replicas exist", () -> set() != null);
    assertThat(service().getSpec().getPorts())
        .extracting(p -> p.getName() + " " + p.getPort() + " " + p.getTargetPort().getStrVal())
        .containsExactly("plain 80 http", "secure 443 https");
    assertThat(container().getPorts())
        .extracting(ContainerPort::getName, ContainerPort::getContainerPort)
        .contains(org.assertj.core.groups.Tuple.tuple("https", 8443));
    assertThat(environment())
        .contains(
            "TOLLGATE_TLS=/tls/api-cert,/tls/other-cert",
            "TOLLGATE_HTTPS_PORT=8443",
            "TOLLGATE_HTTPS_HOSTNAMES=api.example.com,*.example.org")
        .noneMatch(variable -> variable.startsWith("TOLLGATE_HTTP_HOSTNAMES"));
    assertThat(container().getVolumeMounts())
        .filteredOn(m -> m.getMountPath().startsWith("/tls/"))
        .allMatch(m -> m.getReadOnly())
        .extracting(m -> m.getMountPath())
        .containsExactly("/tls/api-cert", "/tls/other-cert");
    assertThat(pod().getVolumes())
        .filteredOn(v -> v.getSecret() != null)
        .allMatch(v -> v.getSecret().getOptional())
        .extracting(v -> v.getSecret().getSecretName())
        .containsExactly("api-cert", "other-cert");
  }

  @Test
  void withoutAnHttpsListenerThereIsNoPortAndNoSettingForIt() {
    platform.apply(EXTERNAL + pool("listeners: [" + PLAIN + "]"));
    await("the replicas exist", () -> set() != null);
    assertThat(container().getPorts())
        .extracting(ContainerPort::getName)
        .containsExactly("http", "management");
    assertThat(environment()).noneMatch(e -> e.contains("TLS") || e.contains("HTTPS"));
    assertThat(pod().getVolumes()).noneMatch(v -> v.getSecret() != null);
  }

  @Test
  void itIsProgrammedWhenEveryReadyReplicaServesThatGeneration() throws Exception {
    try (var replica = new Replica(() -> 204);
        var asking = new Platform(replica.port())) {
      replica.serves(1);
      replica.joins(asking, "edge");
      asking.apply(EXTERNAL + pool("replicas: {min: 1}"));
      await("it is programmed", () -> "True".equals(programmed(asking).status()));
      asking.apply(pool("replicas: {min: 2}"));
      await("it is not yet", () -> "Pending".equals(programmed(asking).reason()));
      assertThat(programmed(asking).observedGeneration()).isEqualTo(2);
      replica.serves(2);
      await("it is again", () -> "True".equals(programmed(asking).status()));
      assertThat(programmed(asking).message())
          .isEqualTo("Every ready replica of GatewayPool edge serves it.");
    }
  }

  @Test
  void whatAStatusSaysIsNotAskedAgainByTheNextOperator() throws Exception {
    try (var replica = new Replica(() -> 204);
        var asking = new Platform(replica.port())) {
      replica.serves(1);
      replica.joins(asking, "edge");
      asking.apply(EXTERNAL + pool("replicas: {min: 1}"));
      await("it is programmed", () -> "True".equals(programmed(asking).status()));
      var asked = replica.questions();
      asking.restartOperator();
      Thread.sleep(3000);
      assertThat(replica.questions()).isEqualTo(asked);
      assertThat(programmed(asking).status()).isEqualTo("True");
    }
  }

  @Test
  void withoutAReadyReplicaNothingIsProgrammed() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    await("it is told", () -> "NoReplicas".equals(reason("Programmed")));
  }

  private static Condition programmed(Platform platform) {
    return platform.condition("GatewayPool", "edge", "Programmed");
  }

  @Test
  void aMissingCertificateIsNamedUntilItsSecretIsThere() {
    secret("other-cert", "kubernetes.io/tls", "tls.crt", "tls.key");
    platform.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    await("it is missed", () -> "CertificateNotFound".equals(reason("ResolvedRefs")));
    assertThat(message("ResolvedRefs")).contains("api-cert").doesNotContain("Secret other-cert");
    assertThat(set()).isNotNull();
    secret("api-cert", "kubernetes.io/tls", "tls.crt", "tls.key");
    await("it is found", () -> "True".equals(state("ResolvedRefs")));
    client.secrets().inNamespace(namespace).withName("api-cert").delete();
    await("it is missed again", () -> "CertificateNotFound".equals(reason("ResolvedRefs")));
  }

  @Test
  void aCertificateWithTheKeyOfAnotherIsToldOfAndNotServed(@TempDir Path made) throws Exception {
    var own = certificate(made.resolve("own.p12"));
    var other = certificate(made.resolve("other.p12"));
    certificate("api-cert", own.getCertificate(), other.getPrivateKey());
    platform.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    await("both are told of", () -> message("ResolvedRefs").contains("Secret other-cert"));
    assertThat(message("ResolvedRefs"))
        .contains(
            "the key in tls.key of Secret api-cert is not that of the certificate in its tls.crt");
    assertThat(environment()).noneMatch(e -> e.contains("TLS"));
    certificate("other-cert", own.getCertificate(), own.getPrivateKey());
    await("it is served", () -> environment().stream().anyMatch(e -> e.contains("TLS")));
    assertThat(reason("ResolvedRefs")).isEqualTo("CertificateKeyMismatch");
    client.secrets().inNamespace(namespace).withName("api-cert").delete();
    certificate("api-cert", other.getCertificate(), other.getPrivateKey());
    await("it is mended", () -> "True".equals(state("ResolvedRefs")));
  }

  private void certificate(String name, Certificate certificate, PrivateKey key) throws Exception {
    var secret =
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .endMetadata()
            .withType("kubernetes.io/tls")
            .addToStringData("tls.crt", pem("CERTIFICATE", certificate.getEncoded()))
            .addToStringData("tls.key", pem("PRIVATE KEY", key.getEncoded()))
            .build();
    client.resource(secret).create();
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(der));
  }

  private static KeyStore.PrivateKeyEntry certificate(Path store) throws Exception {
    var made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "a",
                "-dname",
                "CN=api.example.com",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    var password = "changeit".toCharArray();
    return (KeyStore.PrivateKeyEntry)
        KeyStore.getInstance(store.toFile(), password)
            .getEntry("a", new KeyStore.PasswordProtection(password));
  }

  @Test
  void aReplicaLeavesTheEndpointsBeforeItIsToldToStop() {
    platform.apply(EXTERNAL + pool("replicas: {min: 2}"));
    await("the replicas exist", () -> set() != null);
    assertThat(container().getLifecycle().getPreStop().getSleep().getSeconds()).isEqualTo(5);
    assertThat(pod().getTerminationGracePeriodSeconds()).isEqualTo(80);
    assertThat(set().getSpec().getUpdateStrategy().getType()).isEqualTo("RollingUpdate");
    assertThat(set().getSpec().getMinReadySeconds()).isEqualTo(5);
    var budget =
        client.policy().v1().podDisruptionBudget().inNamespace(namespace).withName("edge-gateway");
    assertThat(budget.get().getSpec().getMaxUnavailable().getIntVal()).isEqualTo(1);
  }

  @Test
  void aPoolGrowsByProcessorRequestsAndConnectionsAndShrinksSlowly() {
    platform.apply(
        EXTERNAL
            + pool(
                "replicas: {min: 2, max: 8, targets: {cpuPercent: 60, requestsPerSecond: 2000,"
                    + " connections: 20000}}"));
    await("the autoscaler exists", () -> autoscaler() != null);
    var spec = autoscaler().getSpec();
    assertThat(spec.getMinReplicas()).isEqualTo(2);
    assertThat(spec.getMaxReplicas()).isEqualTo(8);
    assertThat(spec.getMetrics().getFirst().getResource().getTarget().getAverageUtilization())
        .isEqualTo(60);
    assertThat(spec.getMetrics())
        .filteredOn(m -> m.getPods() != null)
        .extracting(m ->
            m.getPods().getMetric().getName()
                + " "
                + m.getPods().getTarget().getAverageValue().getNumericalAmount())
        .containsExactly("tollgate_requests_per_second 2000", "tollgate_connections 20000");
    assertThat(spec.getBehavior().getScaleDown().getStabilizationWindowSeconds()).isEqualTo(300);
  }

  @Test
  void whatTheAutoscalerChoseIsLeftAlone() {
    platform.apply(EXTERNAL + pool("replicas: {min: 2, max: 8}"));
    await("the replicas exist", () -> set() != null);
    assertThat(set().getSpec().getReplicas()).isEqualTo(2);
    scale(5);
    edit("resources: {cpu: 200m}, replicas: {min: 2, max: 8}");
    assertThat(set().getSpec().getReplicas()).isEqualTo(5);
  }

  @Test
  void aPoolThatGetsAnAutoscalerKeepsItsReplicas() {
    platform.apply(EXTERNAL + pool("replicas: {min: 4}"));
    await("the replicas exist", () -> set() != null);
    edit("resources: {cpu: 200m}, replicas: {min: 2, max: 8}");
    edit("resources: {cpu: 300m}, replicas: {min: 2, max: 8}");
    assertThat(set().getSpec().getReplicas()).isEqualTo(4);
    edit("resources: {cpu: 400m}, replicas: {min: 3}");
    assertThat(set().getSpec().getReplicas()).isEqualTo(3);
    await("the autoscaler is gone", () -> autoscaler() == null);
  }

  @Test
  void aPoolWithItsDataOnItsOwnDiskHasOneReplicaAndSaysWhy() {
    platform.apply(EMBEDDED + pool("replicas: {min: 2, max: 8}"));
    await("it is told", () -> "EmbeddedOneReplica".equals(reason("Accepted")));
    assertThat(state("Accepted")).isEqualTo("True");
    assertThat(message("Accepted")).contains("8 are asked for", "default", "Managed or External");
    assertThat(set().getSpec().getReplicas()).isEqualTo(1);
    assertThat(autoscaler()).isNull();
  }

  @Test
  void aPlanOnEmbeddedShardsHoldsItsPoolAtOneReplica() {
    platform.apply(
        EXTERNAL + EMBEDDED.replace("name: default", "name: ondisk") + pool("replicas: {min: 3}"));
    await("there are three", () -> set().getSpec().getReplicas() == 3);
    platform.apply(
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: small}
        spec:
          gatewayPool: edge
          shardPool: ondisk
          meters: [{name: requests, included: 1000, overage: {mode: Block}}]
        """);
    await("there is one", () -> set().getSpec().getReplicas() == 1);
    await("it is told", () -> message("Accepted").contains("ShardPool ondisk"));
  }

  @Test
  void aShardPoolThatIsDeletedDoesNotShrinkARunningPool() {
    platform.apply(EXTERNAL + pool("replicas: {min: 3}"));
    await("there are three", () -> set().getSpec().getReplicas() == 3);
    client.resources(ShardPool.class).inNamespace(namespace).withName("default").delete();
    edit("resources: {cpu: 200m}, replicas: {min: 3}");
    assertThat(set().getSpec().getReplicas()).isEqualTo(3);
  }

  @Test
  void thePrometheusOperatorIsToldWhereItsKindIsServed() {
    HasMetadata crd = client.getKubernetesSerialization().unmarshal(SERVICE_MONITORS);
    client.resource(crd).create();
    try {
      await(
          "the kind is served",
          () -> client.supports("monitoring.coreos.com/v1", "ServiceMonitor"));
      platform.apply(EXTERNAL + pool(""));
      var monitors =
          client
              .genericKubernetesResources("monitoring.coreos.com/v1", "ServiceMonitor")
              .inNamespace(namespace)
              .withName("edge-gateway");
      await("it is told", () -> monitors.get() != null);
      var monitor = monitors.get();
      assertThat(monitor.<String>get("spec", "endpoints", 0, "port")).isEqualTo("management");
      assertThat(monitor.<String>get("spec", "endpoints", 0, "path")).isEqualTo("/prometheus");
      assertThat(monitor.getMetadata().getOwnerReferences().getFirst().getKind())
          .isEqualTo("GatewayPool");
    } finally {
      client.resource(crd).delete();
    }
  }

  @Test
  void theLogOfAReplicaThatWasScaledAwayIsDrainedOnce() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    claim(0);
    claim(1);
    await("a Job drains it", () -> drain(1) != null);
    assertThat(drain(0)).isNull();
    var job = drain(1).getSpec();
    assertThat(job.getBackoffLimit()).isEqualTo(6);
    assertThat(job.getTtlSecondsAfterFinished()).isEqualTo(600);
    var pod = job.getTemplate().getSpec();
    var drain = pod.getContainers().getFirst();
    assertThat(drain.getArgs()).containsExactly("drain");
    assertThat(drain.getImage()).isEqualTo("tollgate/runtime:test");
    assertThat(drain.getImagePullPolicy()).isEqualTo("Always");
    assertThat(pod.getImagePullSecrets()).extracting(s -> s.getName()).containsExactly("registry");
    assertThat(drain.getEnv()).isEqualTo(container().getEnv());
    assertThat(drain.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getVolumes())
        .filteredOn(v -> v.getPersistentVolumeClaim() != null)
        .extracting(v -> v.getPersistentVolumeClaim().getClaimName())
        .containsExactly("data-edge-gateway-1");
    assertThat(job.getTemplate().getMetadata().getLabels())
        .doesNotContainKey("tollgate.dev/gateway-pool");
    assertThat(reason("Drained")).isEqualTo("Pending");
    finish(drain(1), "SuccessCriteriaMet", "Complete");
    await("it is remembered", () -> drained(1));
    await("it is told", () -> "True".equals(state("Drained")));
    client.resource(drain(1)).delete();
    edit("resources: {cpu: 200m}");
    assertThat(drain(1)).isNull();
  }

  @Test
  void aJobWaitsForTheReplicasPodToBeGone() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    await("the replicas exist", () -> set() != null);
    replica(1);
    claim(1);
    await("it is waited for", () -> message("Drained").contains("(1) is being"));
    assertThat(drain(1)).isNull();
    client.pods().inNamespace(namespace).withName("edge-gateway-1").withGracePeriod(0).delete();
    await("a Job drains it", () -> drain(1) != null);
  }

  @Test
  void aReplicaThatComesBackHasItsLogToItself() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    claim(1);
    claim(2);
    await("Jobs drain them", () -> drain(1) != null && drain(2) != null);
    finish(drain(2), "SuccessCriteriaMet", "Complete");
    await("one is drained", () -> drained(2));
    platform.apply(pool("replicas: {min: 3}"));
    await("the Jobs are gone", () -> drain(1) == null && drain(2) == null);
    await("the log counts again", () -> !drained(2));
  }

  @Test
  void aLogThatCannotBeDrainedIsToldInWords() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    claim(1);
    await("a Job drains it", () -> drain(1) != null);
    finish(drain(1), "FailureTarget", "Failed");
    await("it is told", () -> "DrainFailed".equals(reason("Drained")));
    assertThat(message("Drained")).contains("kubectl logs job/edge-drain-1");
    assertThat(drained(1)).isFalse();
  }

  @Test
  void dataOnAReplicasDiskIsNotDrainedAway() {
    platform.apply(EMBEDDED + pool("replicas: {min: 1}"));
    claim(1);
    edit("resources: {cpu: 200m}");
    edit("resources: {cpu: 300m}");
    assertThat(drain(1)).isNull();
  }

  @Test
  void anImageThatCannotBePulledIsNamed() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    replica(0);
    status(
        0,
        """
        containerStatuses:
        - {name: gateway, image: "tollgate/runtime:test", imageID: "", ready: false, restartCount: 0,
           state: {waiting: {reason: ErrImagePull, message: "not found"}}}
        """);
    await("the reason is given", () -> "ImagePullBackOff".equals(reason("Ready")));
    assertThat(message("Ready"))
        .contains("Pod edge-gateway-0", "tollgate/runtime:test: not found.", "spec.image");
  }

  @Test
  void aReplicaThatEndsAgainAndAgainSaysWithWhatLastWords() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    replica(0);
    status(
        0,
        """
        containerStatuses:
        - {name: gateway, image: i, imageID: "", ready: false, restartCount: 3,
           state: {running: {startedAt: "2026-01-01T00:00:00Z"}},
           lastState: {terminated: {exitCode: 2, reason: Error, message: "LAST"}}}
        """
            .replace("LAST", "first\\n{\\\"message\\\":\\\"Shard default-0 does not answer.\\\"}"));
    await("the reason is given", () -> "CrashLoopBackOff".equals(reason("Ready")));
    assertThat(message("Ready"))
        .contains(
            "exit code 2: Shard default-0 does not answer.",
            "kubectl logs edge-gateway-0 --previous");
  }

  @Test
  void aReplicaWithoutMemoryIsToldToGetMore() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    replica(0);
    status(
        0,
        """
        containerStatuses:
        - {name: gateway, image: i, imageID: "", ready: false, restartCount: 1,
           state: {waiting: {reason: CrashLoopBackOff, message: "back-off 10s"}},
           lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}
        """);
    await("it is told", () -> message("Ready").contains("Raise memoryLimit"));
  }

  @Test
  void aReplicaThatFitsNowhereSaysWhatIsMissing() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    replica(0);
    unschedulable("0/1 nodes are available: 1 Insufficient cpu.");
    await("the reason is given", () -> "Unschedulable".equals(reason("Ready")));
    assertThat(message("Ready")).contains("1 Insufficient cpu. ", "spec.resources");
  }

  @Test
  void aReplicaWithoutAVolumeNamesItsClaim() {
    platform.apply(EXTERNAL + pool("replicas: {min: 1}"));
    replica(0);
    unschedulable("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
    await("the reason is given", () -> "ClaimUnbound".equals(reason("Ready")));
    assertThat(message("Ready")).contains("data-edge-gateway-0", "storageClassName");
  }

  @Test
  void theReplicasMayReadTheSecretsTheyNeedAndNoOther() {
    secret("unrelated", "Opaque", "k");
    platform.apply(
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
                url: http://shop
                headers: [{name: X-Key, valueSecretRef: {name: shop-key, key: k}}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ModelRoute
            metadata: {name: chat}
            spec:
              parentRefs: [{name: edge}]
              models: [llama3]
              backends:
              - {name: cloud, provider: OpenAI, url: "https://llm.example/v1", model: m, keySecretRef: {name: llm-key, key: k}}
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
                        "llm-key",
                        "one-password",
                        "own-credentials-0",
                        "own-credentials-1",
                        "platform-hmac",
                        "redis",
                        "shop-key",
                        "stripe",
                        "stripe-hook")));
    platform.apply(tenant("acme-hmac"));
    await("a tenant's own is named", () -> readable().contains("acme-hmac"));
    platform.apply(tenant("acme-other"));
    await("and the next", () -> readable().contains("acme-other"));
    assertThat(readable()).doesNotContain("acme-hmac");
    client.resources(Tenant.class).inNamespace(namespace).withName("acme").delete();
    await("and none", () -> !readable().contains("acme-other"));
    var verbs = role().getRules().stream().filter(r -> r.getResources().contains("secrets"));
    assertThat(verbs).allMatch(r -> r.getVerbs().equals(List.of("get", "list", "watch")));
  }

  @Test
  void aPermissionAddedByHandIsTakenAway() {
    platform.apply(EXTERNAL + pool(""));
    await("the role is there", () -> role() != null && !readable().isEmpty());
    client
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
  void listenersAreOpenToAllAndManagementToOperatorAndPrometheus() {
    platform.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    var policies =
        client.network().v1().networkPolicies().inNamespace(namespace).withName("edge-gateway");
    await("the policy is there", () -> policies.get() != null);
    var rules = policies.get().getSpec().getIngress();
    assertThat(rules).hasSize(2);
    assertThat(rules.get(0).getFrom()).isEmpty();
    assertThat(rules.get(0).getPorts())
        .extracting(p -> p.getPort().getStrVal())
        .containsExactly("https");
    assertThat(rules.get(1).getPorts())
        .extracting(p -> p.getPort().getStrVal())
        .containsExactly("management");
    assertThat(rules.get(1).getFrom())
        .allMatch(peer -> peer.getNamespaceSelector() != null)
        .extracting(peer -> peer.getPodSelector().getMatchLabels())
        .containsExactly(
            Map.of("app.kubernetes.io/name", "tollgate", "app.kubernetes.io/component", "operator"),
            Map.of("app.kubernetes.io/name", "prometheus"));
  }

  @Test
  void aChangedUsageLogSaysHowToApplyIt() {
    platform.apply(EXTERNAL + pool("usageLog: {storage: 1Gi}"));
    await("the replicas exist", () -> set() != null);
    platform.apply(pool("usageLog: {storage: 3Gi}"));
    await("it is told", () -> "Refused".equals(reason("Accepted")));
    assertThat(message("Accepted"))
        .contains("kubectl delete statefulset edge-gateway --cascade=orphan");
    client.apps().statefulSets().inNamespace(namespace).withName("edge-gateway").delete();
    await("it is applied", () -> "Accepted".equals(reason("Accepted")));
  }

  @Test
  void whatTheApiServerRefusesIsToldInItsWords() {
    platform.apply(EXTERNAL + pool("listeners: [{name: Public API, port: 80, protocol: HTTP}]"));
    await("it is told", () -> "Refused".equals(reason("Accepted")));
    assertThat(message("Accepted")).contains("Service edge-gateway", "Public API");
    platform.apply(pool("listeners: [" + PLAIN + "]"));
    await("it is well", () -> "Accepted".equals(reason("Accepted")));
  }

  @Test
  void anAmountThatIsNoneIsNamed() {
    platform.apply(
        EXTERNAL + pool("resources: {cpu: plenty, memory: 512MB}, usageLog: {storage: 1Gi}"));
    await("it is told", () -> "BadQuantity".equals(reason("Accepted")));
    assertThat(message("Accepted"))
        .contains("spec.resources.cpu: 'plenty'", "spec.resources.memory: '512MB'")
        .doesNotContain("storage");
    platform.apply(pool("resources: {cpu: '0.5', memory: 512Mi, ram: 1G}"));
    await("the name, too", () -> message("Accepted").startsWith("spec.resources.ram: 'ram'"));
    platform.apply(pool("resources: {cpu: '0.5', memory: 512Mi}"));
    await("it is well", () -> "Accepted".equals(reason("Accepted")) && set() != null);
  }

  @Test
  void replicasAndJobsKeepToRestrictedPodSecurity() {
    platform.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    claim(3);
    await("a Job drains it", () -> drain(3) != null);
    client
        .namespaces()
        .withName(namespace)
        .edit(n -> {
          n.getMetadata().getLabels().put("pod-security.kubernetes.io/enforce", "restricted");
          return n;
        });
    for (var template : List.of(set().getSpec().getTemplate(), drain(3).getSpec().getTemplate())) {
      var pod =
          new PodBuilder()
              .withNewMetadata()
              .withGenerateName("as-made-")
              .withNamespace(namespace)
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
      assertThat(client.resource(pod).create()).isNotNull();
    }
  }

  @Test
  void reconcilingAgainWritesNothing() throws InterruptedException {
    secret("api-cert", "kubernetes.io/tls", "tls.crt", "tls.key");
    platform.apply(
        EXTERNAL
            + pool(
                "listeners: ["
                    + PLAIN
                    + ", "
                    + SECURE
                    + "], replicas: {min: 2, max: 8, targets: {connections: 20000}}"));
    await("it is judged", () -> "NoReplicas".equals(reason("Ready")));
    Thread.sleep(1000);
    var before = versions();
    // nine of the pool, and the operator's own two Roles and RoleBindings
    assertThat(before).hasSize(13);
    for (int i = 0; i < 3; i++) {
      var other = "other-" + i;
      secret(other, "kubernetes.io/tls", "tls.crt", "tls.key");
      Thread.sleep(500);
    }
    assertThat(versions()).isEqualTo(before);
  }

  @Test
  void certificatesAreServedFromWhenOneIsThereUntilOthersAreNamed() {
    platform.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    await("the replicas exist", () -> set() != null);
    assertThat(environment()).noneMatch(e -> e.contains("TLS"));
    secret("other-cert", "kubernetes.io/tls", "tls.crt", "tls.key");
    var both = "TOLLGATE_TLS=/tls/api-cert,/tls/other-cert";
    await("they are served", () -> environment().contains(both));
    client.secrets().inNamespace(namespace).withName("other-cert").delete();
    await("it is missed", () -> message("ResolvedRefs").contains("Secret other-cert"));
    assertThat(environment()).contains(both);
    platform.apply(pool("listeners: [" + SECURE.replaceAll("(api|other)-cert", "$1-next") + "]"));
    await("others are awaited", () -> message("ResolvedRefs").contains("Secret api-next"));
    await("none is served", () -> environment().stream().noneMatch(e -> e.contains("TLS")));
  }

  private static final String PLAIN = "{name: plain, port: 80, protocol: HTTP}";
  private static final String SECURE =
      "{name: secure, port: 443, protocol: HTTPS, hostnames: [api.example.com, '*.example.org'],"
          + " tls: {certificateRefs: [{name: api-cert}, {name: other-cert}]}}";
  private static final String EXTERNAL =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec:
        engine: External
        external:
        - {name: one, jdbcUrl: "jdbc:mariadb://db/one", user: u, passwordSecretRef: {name: one-password, key: p}}
      ---
      """;

  private static final Map<String, String> POOL_LABELS =
      Map.of("tollgate.dev/gateway-pool", "edge", "app.kubernetes.io/name", "tollgate-gateway");
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
  private static final String EMBEDDED =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Embedded}
      ---
      """;

  private static String pool(String spec) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: GatewayPool
    metadata: {name: edge}
    spec: {%s}
    ---
    """
        .formatted(spec);
  }

  private void secret(String name, String type, String... keys) {
    var secret =
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(namespace)
            .endMetadata()
            .withType(type);
    for (var key : keys) {
      secret.addToStringData(key, "content");
    }
    client.resource(secret.build()).create();
  }

  private StatefulSet set() {
    return client.apps().statefulSets().inNamespace(namespace).withName("edge-gateway").get();
  }

  private HorizontalPodAutoscaler autoscaler() {
    return client
        .autoscaling()
        .v2()
        .horizontalPodAutoscalers()
        .inNamespace(namespace)
        .withName("edge-gateway")
        .get();
  }

  /** As the autoscaler does it: a write of the scale alone, by another field manager. */
  private void scale(int replicas) {
    client.apps().statefulSets().inNamespace(namespace).withName("edge-gateway").scale(replicas);
  }

  /** Changes the pool's processor share with the rest of the spec and waits for the replicas'. */
  private void edit(String spec) {
    platform.apply(pool(spec));
    var cpu = spec.replaceFirst(".*cpu: (\\w+).*", "$1");
    await(
        "the edit is applied",
        () -> container().getResources().getRequests().get("cpu").toString().equals(cpu));
  }

  private @Nullable Job drain(int ordinal) {
    return client
        .batch()
        .v1()
        .jobs()
        .inNamespace(namespace)
        .withName("edge-drain-" + ordinal)
        .get();
  }

  /** As the Job controller ends a Job. */
  private void finish(Job job, String... conditions) {
    client
        .resource(job)
        .editStatus(j -> {
          var edited = new JobBuilder(j).editOrNewStatus();
          for (var condition : conditions) {
            edited
                .addNewCondition()
                .withType(condition)
                .withStatus("True")
                .withLastTransitionTime("2026-01-01T00:00:00Z")
                .endCondition();
          }
          edited.withStartTime("2026-01-01T00:00:00Z");
          if (conditions[1].equals("Complete")) {
            edited.withCompletionTime("2026-01-01T00:01:00Z");
            edited.withSucceeded(1);
          }
          return edited.endStatus().build();
        });
  }

  private boolean drained(int ordinal) {
    var annotations =
        client
            .persistentVolumeClaims()
            .inNamespace(namespace)
            .withName("data-edge-gateway-" + ordinal)
            .get()
            .getMetadata()
            .getAnnotations();
    return annotations != null && annotations.containsKey("tollgate.dev/drained");
  }

  /** As the StatefulSet controller makes it, with its selector for labels, and a volume bound. */
  private void claim(int ordinal) {
    var claim =
        client
            .resource(
                new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withName("data-edge-gateway-" + ordinal)
                    .withNamespace(namespace)
                    .withLabels(POOL_LABELS)
                    .endMetadata()
                    .withNewSpec()
                    .withAccessModes("ReadWriteOnce")
                    .withNewResources()
                    .addToRequests("storage", new Quantity("1Gi"))
                    .endResources()
                    .endSpec()
                    .build())
            .create();
    client
        .resource(claim)
        .editStatus(c ->
            new PersistentVolumeClaimBuilder(c)
                .editOrNewStatus()
                .withPhase("Bound")
                .endStatus()
                .build());
  }

  private void replica(int ordinal) {
    client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("edge-gateway-" + ordinal)
                .withNamespace(namespace)
                .withLabels(POOL_LABELS)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("gateway")
                .withImage("tollgate/runtime:test")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }

  private void unschedulable(String message) {
    status(
        0,
        "conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: '"
            + message
            + "'}]");
  }

  /** As the kubelet or the scheduler writes it. */
  private void status(int ordinal, String yaml) {
    client
        .pods()
        .inNamespace(namespace)
        .withName("edge-gateway-" + ordinal)
        .editStatus(pod -> {
          pod.setStatus(client.getKubernetesSerialization().unmarshal(yaml, PodStatus.class));
          return pod;
        });
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

  /** Resource versions of the pool and what was made for it. */
  private Map<String, String> versions() {
    return Stream.of(
            client.apps().statefulSets().inNamespace(namespace).list(),
            client.services().inNamespace(namespace).list(),
            client.autoscaling().v2().horizontalPodAutoscalers().inNamespace(namespace).list(),
            client.network().v1().networkPolicies().inNamespace(namespace).list(),
            client.policy().v1().podDisruptionBudget().inNamespace(namespace).list(),
            client.rbac().roles().inNamespace(namespace).list(),
            client.rbac().roleBindings().inNamespace(namespace).list(),
            client.resources(GatewayPool.class).inNamespace(namespace).list())
        .flatMap(list -> list.getItems().stream())
        .collect(
            Collectors.toMap(
                (HasMetadata r) -> r.getKind() + "/" + r.getMetadata().getName(),
                r -> r.getMetadata().getResourceVersion()));
  }

  private Role role() {
    return client.rbac().roles().inNamespace(namespace).withName("edge-gateway").get();
  }

  /** Names of the Secrets that the replicas may read. */
  private List<String> readable() {
    return role().getRules().stream()
        .filter(r -> r.getResources().contains("secrets"))
        .flatMap(r -> r.getResourceNames().stream())
        .toList();
  }

  private Service service() {
    return client.services().inNamespace(namespace).withName("edge-gateway").get();
  }

  private PodSpec pod() {
    return set().getSpec().getTemplate().getSpec();
  }

  private Container container() {
    return pod().getContainers().getFirst();
  }

  private Set<String> environment() {
    return container().getEnv().stream()
        .map((EnvVar e) -> e.getName() + "=" + e.getValue())
        .collect(Collectors.toSet());
  }

  private Condition condition(String type) {
    return platform.condition("GatewayPool", "edge", type);
  }

  private String state(String type) {
    return condition(type).status();
  }

  private String reason(String type) {
    return condition(type).reason();
  }

  private String message(String type) {
    return condition(type).message();
  }
}
