package dev.tollgate.operator;

import dev.tollgate.core.tenancy.ClusterClients;
import dev.tollgate.crd.ApiServer;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.pod.Image;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A namespace with an operator, on an API server that all tests of a JVM share. */
final class Platform implements AutoCloseable {

  /** Name of an operator that is the only one, and takes part in no election. */
  static final String ALONE = "alone";

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Duration PATIENCE = Duration.ofSeconds(6);
  private static @Nullable ApiServer server;

  private final KubernetesClient client;
  private final KubernetesClient asOperator;
  private final String namespace = "tenants-" + COUNT.incrementAndGet();
  private final int replicaPort;
  private @Nullable Operator operator;

  /**
   * @param replicaPort where the operator asks a replica
   */
  Platform(int replicaPort) throws IOException, InterruptedException {
    this(replicaPort, true);
  }

  private Platform(int replicaPort, boolean operated) throws IOException, InterruptedException {
    client = client(server());
    this.replicaPort = replicaPort;
    client
        .namespaces()
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    asOperator = asOperator(client.getConfiguration());
    permit("default", "Role");
    if (operated) {
      operator = started();
    }
  }

  /** A namespace whose operator runs elsewhere, or not at all. */
  static Platform withoutOperator(int replicaPort) throws IOException, InterruptedException {
    return new Platform(replicaPort, false);
  }

  /** What the chart lets an operator of other namespaces do everywhere. */
  void permitTenantsOfAnyNamespace() throws IOException {
    permit("two-namespaces", "ClusterRole");
  }

  /**
   * Lets the operator do what its roles of one kind let it do, and no more.
   *
   * @param rendering of the chart, which has the roles
   * @param kind {@code Role}, for this namespace, or {@code ClusterRole}
   */
  private void permit(String rendering, String kind) throws IOException {
    var chart = Files.readString(Path.of("../helm/tests/golden", rendering + ".yaml"));
    for (var part : chart.split("\n---\n", -1)) {
      if (part.contains("kind: " + kind + "\n") && part.contains("  name: tollgate-operator")) {
        HasMetadata role = client.getKubernetesSerialization().unmarshal(part);
        var metadata = role.getMetadata();
        if (kind.equals("Role")) {
          metadata.setNamespace(namespace);
        } else {
          metadata.setName(namespace); // the API server is shared
        }
        client.resource(role).create();
        HasMetadata binding =
            client
                .getKubernetesSerialization()
                .unmarshal(
                    """
                    apiVersion: rbac.authorization.k8s.io/v1
                    kind: %sBinding
                    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: %s, name: %s}
                    subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: tollgate-operator}]
                    """
                        .formatted(kind, kind, metadata.getName()));
        binding.setMetadata(
            new ObjectMetaBuilder()
                .withName(metadata.getName())
                .withNamespace(metadata.getNamespace())
                .build());
        client.resource(binding).create();
      }
    }
  }

  private static synchronized ApiServer server() throws IOException, InterruptedException {
    if (server != null) {
      return server;
    }
    var started = ApiServer.start(Files.createTempDirectory("tollgate-api"));
    Runtime.getRuntime().addShutdownHook(new Thread(started::close));
    try (var client = client(started);
        var crds = Files.list(Path.of("../helm/tollgate-crds/templates"))) {
      for (var file : crds.toList()) {
        try (var in = Files.newInputStream(file)) {
          client.load(in).serverSideApply();
        }
      }
      await(
          "the CRDs are served",
          () -> client.resources(Tenant.class).inAnyNamespace().list() != null);
    }
    server = started;
    return started;
  }

  /** What a client of such a server is made with, as its administrator. */
  static Config config(String url) {
    return new ConfigBuilder(Config.empty())
        .withMasterUrl(url)
        .withTrustCerts(true)
        .withOauthToken(ApiServer.TOKEN)
        .withNamespace("default")
        .build();
  }

  private static KubernetesClient client(ApiServer server) {
    return new KubernetesClientBuilder().withConfig(config(server.url().toString())).build();
  }

  /** A client with the operator's permissions. */
  static KubernetesClient asOperator(Config config) {
    return ClusterClients.builder()
        .withConfig(new ConfigBuilder(config).withImpersonateUsername("tollgate-operator").build())
        .build();
  }

  /**
   * What an operator of a namespace is started with.
   *
   * @param instance its name; one that is not {@link #ALONE} is elected before it does anything
   */
  static Settings settings(String namespace, int replicaPort, String instance) {
    return new Settings(
        Set.of(namespace),
        namespace,
        instance,
        new Image("tollgate/runtime:test", "Always", List.of("registry"), Image.USER),
        Image.of("mariadb:test"),
        new Image("ollama:test", "Always", List.of("registry"), Image.USER),
        0,
        replicaPort,
        !instance.equals(ALONE),
        Map.of("release", "monitoring"),
        PATIENCE);
  }

  private Operator started() {
    var started = new Operator(asOperator, settings(namespace, replicaPort, ALONE));
    started.start();
    return started;
  }

  void restartOperator() {
    restartOperatorAfter(() -> {});
  }

  /** Restarts the operator, and does something while there is none. */
  void restartOperatorAfter(Runnable meanwhile) {
    stopOperator();
    meanwhile.run();
    operator = started();
  }

  void stopOperator() {
    if (operator != null) {
      operator.close();
    }
  }

  /** What the operator tells Prometheus. */
  String metrics() {
    return Objects.requireNonNull(operator).metrics();
  }

  /** Where the API server listens. */
  static String url() throws IOException, InterruptedException {
    return server().url().toString();
  }

  KubernetesClient client() {
    return client;
  }

  /** A client that looks in this namespace alone. */
  NamespacedKubernetesClient here() {
    return client.adapt(NamespacedKubernetesClient.class).inNamespace(namespace);
  }

  String namespace() {
    return namespace;
  }

  void apply(String yaml) {
    for (var part : yaml.split("---\n", -1)) {
      if (!part.isBlank()) {
        HasMetadata resource = client.getKubernetesSerialization().unmarshal(part);
        resource.setMetadata(
            new ObjectMetaBuilder(resource.getMetadata()).withNamespace(namespace).build());
        client.resource(resource).forceConflicts().serverSideApply();
      }
    }
  }

  /**
   * Writes a status as its own controller would, which is not here: a Pod's as the kubelet and the
   * scheduler do.
   */
  void status(Class<? extends HasMetadata> kind, String name, String yaml) {
    var serialization = client.getKubernetesSerialization();
    Object status = serialization.unmarshal(yaml, Object.class);
    var _ =
        client
            .resources(kind)
            .inNamespace(namespace)
            .withName(name)
            .subresource("status")
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                serialization.asJson(Map.of("status", status)));
  }

  /** As the Job controller ends a Job. */
  void end(Job job, boolean well) {
    var yaml =
        well
            ? """
            startTime: "%1$s"
            completionTime: "%1$s"
            succeeded: 1
            conditions: [{type: SuccessCriteriaMet, status: "True"}, {type: Complete, status: "True"}]
            """
            : """
            startTime: "%1$s"
            failed: 1
            conditions: [{type: FailureTarget, status: "True"}, {type: Failed, status: "True"}]
            """;
    var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    status(Job.class, job.getMetadata().getName(), yaml.formatted(now));
  }

  @Nullable Secret secret(String name) {
    return client.secrets().inNamespace(namespace).withName(name).get();
  }

  /** A value of a Secret, or an empty text when either is missing. */
  String secret(String name, String key) {
    var secret = secret(name);
    var value = secret == null || secret.getData() == null ? null : secret.getData().get(key);
    return value == null
        ? ""
        : new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
  }

  /** A condition of a custom resource; empty texts while it has none. */
  Condition condition(String kind, String name, String type) {
    var resource =
        client
            .genericKubernetesResources("tollgate.dev/v1alpha1", kind)
            .inNamespace(namespace)
            .withName(name)
            .get();
    List<Map<String, Object>> conditions =
        resource == null ? null : resource.get("status", "conditions");
    for (var condition : conditions == null ? List.<Map<String, Object>>of() : conditions) {
      if (type.equals(condition.get("type"))) {
        return client.getKubernetesSerialization().convertValue(condition, Condition.class);
      }
    }
    return new Condition(type, "", "", "", "", null);
  }

  List<Event> events(String reason) {
    return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(e -> reason.equals(e.getReason()))
        .toList();
  }

  static void await(String what, BooleanSupplier condition) {
    await(what, Duration.ofSeconds(30), condition);
  }

  static void await(String what, Duration atMost, BooleanSupplier condition) {
    var end = System.nanoTime() + atMost.toNanos();
    while (System.nanoTime() < end) {
      try {
        if (condition.getAsBoolean()) {
          return;
        }
      } catch (RuntimeException e) {
        // not served yet
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    throw new AssertionError("not within " + atMost + ": " + what);
  }

  @Override
  public void close() {
    stopOperator();
    asOperator.close();
    client.close();
  }
}
