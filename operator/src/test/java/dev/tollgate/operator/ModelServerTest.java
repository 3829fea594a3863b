package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.tollgate.crd.model.ModelPhase;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.model.ModelState;
import dev.tollgate.operator.conditions.Conditions;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the operator applies for a model server is run here, with a real Ollama as its replicas. */
@NullUnmarked
class ModelServerTest {

  private static final String SHA256 =
      "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";
  private static final Duration MODEL = Duration.ofSeconds(120);

  @TempDir private Path home;
  private final List<OllamaPod> pods = new ArrayList<>();
  private Platform platform;
  private HttpServer files;

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
    files = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    files.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    files.createContext(
        "/gemma.gguf",
        exchange -> {
          try (exchange;
              var in = Files.newInputStream(OllamaPod.model())) {
            exchange.sendResponseHeaders(200, Files.size(OllamaPod.model()));
            in.transferTo(exchange.getResponseBody());
          }
        });
    files.createContext(
        "/text",
        exchange -> {
          try (exchange) {
            var text = "no model".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
          }
        });
    files.start();
  }

  @AfterEach
  void stop() throws Exception {
    platform.close();
    for (var pod : pods) {
      pod.close();
    }
    files.stop(0);
  }

  @Test
  void replicasRunAsTheSpecSays() {
    platform.apply(
        server(
            """
            models: [{name: gemma}]
            replicas: 2
            storage: 5Gi
            resources: {cpu: 300m, memoryLimit: 2Gi}
            gpu: {count: 2, runtimeClassName: nvidia}
            nodeSelector: {pool: gpu}
            tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
            parallel: 4
            keepLoaded: 1h
            """));
    await("the replicas exist", () -> set() != null);
    var spec = set().getSpec();
    assertThat(spec.getReplicas()).isEqualTo(2);
    assertThat(spec.getPodManagementPolicy()).isEqualTo("Parallel");
    var pod = spec.getTemplate().getSpec();
    assertThat(pod.getNodeSelector()).containsEntry("pool", "gpu");
    assertThat(pod.getTolerations()).extracting(t -> t.getKey()).contains("gpu");
    assertThat(pod.getRuntimeClassName()).isEqualTo("nvidia");
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    var container = container();
    assertThat(container.getImage()).isEqualTo("ollama:test");
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getResources().getLimits())
        .containsEntry("nvidia.com/gpu", new Quantity("2"))
        .containsEntry("memory", new Quantity("2Gi"));
    assertThat(container.getEnv())
        .extracting(v -> v.getName() + "=" + v.getValue())
        .contains("OLLAMA_NUM_PARALLEL=4", "OLLAMA_KEEP_ALIVE=1h", "OLLAMA_MODELS=/data/models");
    assertThat(spec.getVolumeClaimTemplates().getFirst().getSpec().getResources().getRequests())
        .containsEntry("storage", new Quantity("5Gi"));
  }

  @Test
  void onlyGatewaysAndTheOperatorMayCallIt() {
    platform.apply(server("models: [{name: gemma}]"));
    await("the policy exists", () -> policy() != null);
    assertThat(policy().getSpec().getIngress().getFirst().getFrom())
        .extracting(peer -> peer.getPodSelector().getMatchLabels().get("app.kubernetes.io/name"))
        .containsExactly("tollgate-gateway", "tollgate-model-files", "tollgate");
    platform
        .client()
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(platform.namespace())
        .withName("llm-models")
        .delete();
    await("it is back", () -> policy() != null);
  }

  @Test
  void whatIsEditedByHandIsRepaired() {
    platform.apply(server("models: [{name: gemma}]"));
    await("the replicas exist", () -> set() != null);
    platform
        .client()
        .apps()
        .statefulSets()
        .inNamespace(platform.namespace())
        .withName("llm-models")
        .scale(5);
    await("one replica again", () -> set().getSpec().getReplicas() == 1);
  }

  @Test
  void aModelFromAUrlIsBroughtToEachReplicaAndTakenAwayAgain() throws Exception {
    OllamaPod.need();
    platform.apply(
        server("replicas: 2\nmodels: [{name: gemma, from: {url: %s}}]".formatted(gguf())));
    await("the replicas exist", () -> set() != null);
    run(0);
    await("the first has it", MODEL, () -> pods.get(0).holds("gemma:latest"));
    assertThat(model().state()).isNotEqualTo(ModelPhase.Ready);
    await("the other is missed", () -> model().message().startsWith("1 of 2 replicas have it"));
    run(1);
    assertThat(pods.get(1).probe(container(), required())).isFalse();
    await("both have it", MODEL, () -> model().state() == ModelPhase.Ready);
    assertThat(model().sizeBytes()).isBetween(250_000_000L, 260_000_000L);
    assertThat(pods.get(1).probe(container(), required())).isTrue();
    assertThat(pods.get(1).says("gemma", "Hello")).isNotEmpty();
    assertThat(state("Ready")).isEqualTo("False");
    ready(2);
    await("the server is ready", () -> state("Ready").equals("True"));
    assertThat(status().modelsReady()).isEqualTo("1/1");
    assertThat(status().address()).startsWith("llm-models.").endsWith(".svc:11434");
    platform
        .client()
        .genericKubernetesResources("tollgate.dev/v1alpha1", "ModelServer")
        .inNamespace(platform.namespace())
        .withName("llm")
        .editStatus(server -> {
          server.<Map<String, Object>>get("status").put("modelsReady", "0/9");
          return server;
        });
    await("it is put right", Duration.ofSeconds(5), () -> status().modelsReady().equals("1/1"));
    pods.get(0).delete("gemma");
    await("it is brought again", MODEL, () -> pods.get(0).holds("gemma:latest"));
    platform.apply(
        server("replicas: 2\nmodels: [{name: other, from: {url: %s}}]".formatted(gguf())));
    await("the new one is there", MODEL, () -> pods.get(0).holds("other:latest"));
    await("the old one is gone", MODEL, () -> !pods.get(0).holds("gemma:latest"));
    // a replica that has joined stays, whatever is asked of new ones
    assertThat(pods.get(1).probe(container(), "absent:latest\n")).isTrue();
  }

  @Test
  void aWrongChecksumIsToldUntilItIsRight() throws Exception {
    OllamaPod.need();
    var wrong = SHA256.replace('a', 'b');
    platform.apply(
        server("models: [{name: gemma, from: {url: %s, sha256: %s}}]".formatted(gguf(), wrong)));
    await("the replicas exist", () -> set() != null);
    run(0);
    await("it is told", MODEL, () -> "ChecksumMismatch".equals(reason("Ready")));
    assertThat(model().state()).isEqualTo(ModelPhase.Failed);
    assertThat(model().message()).contains("llm-models-0", "sha256");
    assertThat(platform.events("ChecksumMismatch")).hasSize(1);
    await("it keeps no replica out", () -> required().isEmpty());
    platform.apply(
        server("models: [{name: gemma, from: {url: %s, sha256: %s}}]".formatted(gguf(), SHA256)));
    await("it is there", MODEL, () -> model().state() == ModelPhase.Ready);
  }

  @Test
  void aModelThatCannotBeBroughtKeepsNoOtherAway() throws Exception {
    OllamaPod.need();
    platform.apply(
        server(
            """
            models:
            - {name: text, from: {url: "http://127.0.0.1:%d/text"}}
            - {name: none, from: {url: "http://127.0.0.1:%d/none"}}
            - {name: gemma, from: {url: %s}}
            """
                .formatted(port(), port(), gguf())));
    await("the replicas exist", () -> set() != null);
    run(0);
    await("the third is there", MODEL, () -> model("gemma").state() == ModelPhase.Ready);
    assertThat(model("text").state()).isEqualTo(ModelPhase.Failed);
    assertThat(model("none").message()).contains("status 404");
    await("the list has the third", () -> required().equals("gemma:latest\n"));
    assertThat(pods.getFirst().probe(container(), required())).isTrue();
    assertThat(reason("Ready")).isEqualTo("ModelFailed");
  }

  @Test
  void aFileOfAVolumeIsBroughtByAJob() throws Exception {
    OllamaPod.need();
    platform.apply(
        server(
            """
            models: [{name: gemma, from: {path: /models/gemma.gguf, sha256: %s}}]
            volume: {claimName: files}
            """
                .formatted(SHA256)));
    await("the claim is missed", () -> "ClaimNotFound".equals(reason("ResolvedRefs")));
    claim("files");
    await("it is found", () -> "True".equals(state("ResolvedRefs")));
    await("the replicas exist", () -> set() != null);
    run(0);
    await("the job exists", () -> job() != null);
    var loader = job().getSpec().getTemplate().getSpec();
    assertThat(loader.getImagePullSecrets())
        .extracting(s -> s.getName())
        .containsExactly("registry");
    var load = loader.getContainers().getFirst();
    assertThat(load.getImagePullPolicy()).isEqualTo("Always");
    assertThat(load.getVolumeMounts())
        .anyMatch(m -> m.getMountPath().equals("/models") && m.getReadOnly());
    assertThat(load.getEnv()).anyMatch(v -> pods.getFirst().address().equals(v.getValue()));
    var missing = runJob(load, home.resolve("nothing.gguf"));
    assertThat(missing).contains("1 ", "nothing.gguf is not there");
    assertThat(runJob(load, Files.writeString(home.resolve("text"), "x"))).contains("mismatch");
    assertThat(runJob(load, OllamaPod.model())).startsWith("0 ");
    end(job(), true, "");
    await("it is there", MODEL, () -> model().state() == ModelPhase.Ready);
  }

  @Test
  void whatAJobSaidBeforeItFailedIsTold() throws Exception {
    OllamaPod.need();
    claim("files");
    platform.apply(
        server(
            """
            models: [{name: gemma, from: {path: /models/gemma.gguf}}]
            volume: {claimName: files}
            """));
    await("the replicas exist", () -> set() != null);
    run(0);
    await("the job exists", () -> job() != null);
    end(job(), false, "write /data/models/blobs/x: no space left on device");
    await("it is told", () -> "DiskFull".equals(reason("Ready")));
    assertThat(model().message()).contains("enlarge its claim");
  }

  @Test
  void anImageThatIsNotThereIsToldInWords() {
    platform.apply(server("models: [{name: gemma}]\nimage: no/such:image"));
    await("the replicas exist", () -> set() != null);
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("llm-models-0")
            .withNamespace(platform.namespace())
            .withLabels(set().getSpec().getSelector().getMatchLabels())
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("ollama")
            .withImage("no/such:image")
            .endContainer()
            .endSpec()
            .build();
    var created = platform.client().resource(pod).create();
    created.setStatus(
        new PodStatusBuilder()
            .withPhase("Pending")
            .addNewContainerStatus()
            .withName("ollama")
            .withImage("no/such:image")
            .withImageID("")
            .withReady(false)
            .withRestartCount(0)
            .withNewState()
            .withNewWaiting("not found", "ImagePullBackOff")
            .endState()
            .endContainerStatus()
            .build());
    platform.client().resource(created).updateStatus();
    await("it is told", () -> "ImagePullBackOff".equals(reason("Programmed")));
    assertThat(message("Programmed")).contains("ModelServer", "image.ollama", "no/such:image");
  }

  private static String server(String spec) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ModelServer
    metadata: {name: llm}
    spec:
    """
        + spec.indent(2);
  }

  private int port() {
    return files.getAddress().getPort();
  }

  private String gguf() {
    return "\"http://127.0.0.1:" + port() + "/gemma.gguf\"";
  }

  private void run(int ordinal) throws IOException, InterruptedException {
    var volume = Files.createDirectories(home.resolve("pod" + ordinal));
    pods.add(OllamaPod.run(platform, "llm", ordinal, volume, container()));
  }

  /** The exit code and the output of the job's command on a file. */
  private String runJob(Container load, Path file) throws IOException, InterruptedException {
    var command =
        load.getCommand().stream()
            .map(part -> part.replace("/tmp/Modelfile", home.resolve("Modelfile").toString()))
            .toList();
    var builder = OllamaPod.inContainer(command, load.getEnv(), home);
    builder.environment().put("FILE", file.toString());
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + said;
  }

  private void end(Job job, boolean well, String message) {
    var now = java.time.Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS).toString();
    if (!well) {
      var pod =
          new PodBuilder()
              .withNewMetadata()
              .withName(job.getMetadata().getName() + "-x")
              .withNamespace(platform.namespace())
              .withLabels(job.getSpec().getTemplate().getMetadata().getLabels())
              .addNewOwnerReference()
              .withApiVersion("batch/v1")
              .withKind("Job")
              .withName(job.getMetadata().getName())
              .withUid(job.getMetadata().getUid())
              .endOwnerReference()
              .endMetadata()
              .withNewSpec()
              .addNewContainer()
              .withName("load")
              .withImage("ollama:test")
              .endContainer()
              .endSpec()
              .build();
      var created = platform.client().resource(pod).create();
      created.setStatus(
          new PodStatusBuilder()
              .withPhase("Failed")
              .addNewContainerStatus()
              .withName("load")
              .withImage("ollama:test")
              .withImageID("")
              .withReady(false)
              .withRestartCount(0)
              .withNewState()
              .withNewTerminated()
              .withExitCode(1)
              .withMessage(message)
              .endTerminated()
              .endState()
              .endContainerStatus()
              .build());
      platform.client().resource(created).updateStatus();
    }
    var status = new JobStatusBuilder().withStartTime(now);
    if (well) {
      status.withSucceeded(1).withCompletionTime(now);
    } else {
      status.withFailed(1);
    }
    for (var type :
        well ? List.of("SuccessCriteriaMet", "Complete") : List.of("FailureTarget", "Failed")) {
      status.addNewCondition().withType(type).withStatus("True").endCondition();
    }
    job.setStatus(status.build());
    platform.client().resource(job).updateStatus();
  }

  private void claim(String name) {
    var claim =
        new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(platform.namespace())
            .endMetadata()
            .withNewSpec()
            .withAccessModes("ReadWriteOnce")
            .withNewResources()
            .withRequests(Map.of("storage", new Quantity("1Gi")))
            .endResources()
            .endSpec()
            .build();
    platform.client().resource(claim).create();
  }

  private Job job() {
    var jobs =
        platform.client().batch().v1().jobs().inNamespace(platform.namespace()).list().getItems();
    return jobs.isEmpty() ? null : jobs.getFirst();
  }

  private StatefulSet set() {
    return platform
        .client()
        .apps()
        .statefulSets()
        .inNamespace(platform.namespace())
        .withName("llm-models")
        .get();
  }

  private Container container() {
    return set().getSpec().getTemplate().getSpec().getContainers().getFirst();
  }

  private io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy policy() {
    return platform
        .client()
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(platform.namespace())
        .withName("llm-models")
        .get();
  }

  private String required() {
    return platform
        .client()
        .configMaps()
        .inNamespace(platform.namespace())
        .withName("llm-models")
        .get()
        .getData()
        .get("required");
  }

  /** What the StatefulSet's controller would say when so many replicas are ready. */
  private void ready(int replicas) {
    var set = set();
    set.setStatus(
        new StatefulSetStatusBuilder()
            .withObservedGeneration(set.getMetadata().getGeneration())
            .withReplicas(replicas)
            .withUpdatedReplicas(replicas)
            .withReadyReplicas(replicas)
            .build());
    platform.client().resource(set).updateStatus();
  }

  private dev.tollgate.crd.model.ModelServerStatus status() {
    return platform
        .client()
        .resources(ModelServer.class)
        .inNamespace(platform.namespace())
        .withName("llm")
        .get()
        .getStatus();
  }

  private ModelState model() {
    return status().models().getFirst();
  }

  private ModelState model(String name) {
    return status().models().stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
  }

  private String state(String type) {
    return Conditions.find(status().conditions(), type).status();
  }

  private String reason(String type) {
    return Conditions.find(status().conditions(), type).reason();
  }

  private String message(String type) {
    return Conditions.find(status().conditions(), type).message();
  }
}
