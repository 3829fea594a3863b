package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;

import dev.tollgate.crd.common.Condition;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A pool of gateways named edge in a new namespace of each test: what is applied for it, what the
 * operator makes of that, and what other controllers would add.
 */
@NullUnmarked
final class EdgePool implements BeforeEachCallback, AfterEachCallback {

  /**
   * The default shards, in databases elsewhere: such a pool has as many replicas as it asks for.
   */
  static final String EXTERNAL =
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

  /** The default shards, in files on a replica's own disk. */
  static final String EMBEDDED =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Embedded}
      ---
      """;

  /** A listener without TLS. */
  static final String PLAIN = "{name: plain, port: 80, protocol: HTTP}";

  /** A listener with the certificates api-cert and other-cert. */
  static final String SECURE =
      "{name: secure, port: 443, protocol: HTTPS, hostnames: [api.example.com, '*.example.org'],"
          + " tls: {certificateRefs: [{name: api-cert}, {name: other-cert}]}}";

  private static final String NAME = "edge-gateway";

  private Platform platform;
  private Replica replica;

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    replica = new Replica(() -> 204);
    platform = new Platform(replica.port());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (platform != null) {
      platform.close();
    }
    replica.close();
  }

  /** The pool, with the inside of its spec. */
  static String pool(String spec) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: GatewayPool
    metadata: {name: edge}
    spec: {%s}
    ---
    """
        .formatted(spec);
  }

  Platform platform() {
    return platform;
  }

  /** A client of this namespace. */
  NamespacedKubernetesClient client() {
    return platform.here();
  }

  /** What the operator asks, once it {@link Replica#joins joins} the pool. */
  Replica replica() {
    return replica;
  }

  void apply(String yaml) {
    platform.apply(yaml);
  }

  /** Applies and waits for the StatefulSet of the replicas. */
  void create(String yaml) {
    apply(yaml);
    await("the replicas exist", () -> set() != null);
  }

  /** Changes the pool's processor share with the rest of the spec and waits for the replicas'. */
  void edit(String spec) {
    apply(pool(spec));
    var cpu = spec.replaceFirst(".*cpu: (\\w+).*", "$1");
    await(
        "the edit is applied",
        () -> container().getResources().getRequests().get("cpu").toString().equals(cpu));
  }

  /** The StatefulSet of the replicas, or null. */
  StatefulSet set() {
    return client().apps().statefulSets().withName(NAME).get();
  }

  PodSpec pod() {
    return set().getSpec().getTemplate().getSpec();
  }

  Container container() {
    return pod().getContainers().getFirst();
  }

  Set<String> environment() {
    return container().getEnv().stream()
        .map(e -> e.getName() + "=" + e.getValue())
        .collect(Collectors.toSet());
  }

  /** The Job that drains the log of a replica, or null. */
  Job drain(int ordinal) {
    return client().batch().v1().jobs().withName("edge-drain-" + ordinal).get();
  }

  /** The volume of a replica. */
  Resource<PersistentVolumeClaim> claim(int ordinal) {
    return client().persistentVolumeClaims().withName("data-edge-gateway-" + ordinal);
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

  Condition condition(String type) {
    return platform.condition("GatewayPool", "edge", type);
  }

  /** A Secret as a listener wants it. */
  void makeCertificate(String name) {
    apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: %s}
        type: kubernetes.io/tls
        stringData: {tls.crt: content, tls.key: content}
        """
            .formatted(name));
  }

  /** As the StatefulSet controller makes it, with its selector for labels, and a volume bound. */
  void makeClaim(int ordinal) {
    apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata:
          name: data-edge-gateway-%d
          labels: {tollgate.dev/gateway-pool: edge, app.kubernetes.io/name: tollgate-gateway}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        """
            .formatted(ordinal));
    platform.status(PersistentVolumeClaim.class, "data-edge-gateway-" + ordinal, "phase: Bound");
  }

  /** As the StatefulSet controller makes it. */
  void makePod(int ordinal) {
    apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: edge-gateway-%d
          labels: {tollgate.dev/gateway-pool: edge, app.kubernetes.io/name: tollgate-gateway}
        spec: {containers: [{name: gateway, image: "tollgate/runtime:test"}]}
        """
            .formatted(ordinal));
  }
}
