package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.tollgate.crd.model.ModelPhase;
import dev.tollgate.crd.model.ModelState;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
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
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * How models get to the replicas of a model server. What the operator applies is run here, with a
 * real Ollama as each replica.
 */
@NullUnmarked
class ModelDeliveryTest {

  private static final String SHA256 =
      "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";
  private static final Duration MODEL = Duration.ofSeconds(120);

  @RegisterExtension final LlmServer llm = new LlmServer();
  @TempDir private Path home;
  private final List<OllamaPod> pods = new ArrayList<>();
  private HttpServer files;

  @BeforeEach
  void start() throws Exception {
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
    for (var pod : pods) {
      pod.close();
    }
    files.stop(0);
  }

  @Test
  void aModelThatIsLargerThanTheMemoryOfAReplicaIsTold() throws Exception {
    OllamaPod.need();
    llm.create(
        "resources: {memory: 64Mi, memoryLimit: 128Mi}\nmodels: [{name: gemma, from: {url: %s}}]"
            .formatted(gguf()));
    run(0);
    await("it is told", MODEL, () -> "TooLargeForMemory".equals(llm.reason("Ready")));
    assertThat(llm.message("Ready")).contains("gemma takes", "spec.resources.memoryLimit", "128Mi");
  }

  @Test
  void aModelFromAUrlIsBroughtToEachReplicaAndTakenAwayAgain() throws Exception {
    OllamaPod.need();
    llm.create("replicas: 2\nmodels: [{name: gemma, from: {url: %s}}]".formatted(gguf()));
    run(0);
    await("the first has it", MODEL, () -> pods.get(0).holds("gemma:latest"));
    assertThat(model().state()).isNotEqualTo(ModelPhase.Ready);
    await("the other is missed", () -> model().message().startsWith("1 of 2 replicas have it"));
    run(1);
    assertThat(pods.get(1).probe(llm.container(), required())).isFalse();
    await("both have it", MODEL, () -> model().state() == ModelPhase.Ready);
    assertThat(model().sizeBytes()).isBetween(250_000_000L, 260_000_000L);
    assertThat(pods.get(1).probe(llm.container(), required())).isTrue();
    assertThat(pods.get(1).says("gemma", "Hello")).isNotEmpty();
    assertThat(llm.state("Ready")).isEqualTo("False");
    llm.platform()
        .status(
            StatefulSet.class,
            "llm-models",
            """
            replicas: 2
            readyReplicas: 2
            updatedReplicas: 2
            observedGeneration: %d
            """
                .formatted(llm.set().getMetadata().getGeneration()));
    await("the server is ready", () -> llm.state("Ready").equals("True"));
    assertThat(llm.status().modelsReady()).isEqualTo("1/1");
    assertThat(llm.status().address()).startsWith("llm-models.").endsWith(".svc:11434");
    llm.client()
        .genericKubernetesResources("tollgate.dev/v1alpha1", "ModelServer")
        .withName("llm")
        .editStatus(server -> {
          server.<Map<String, Object>>get("status").put("modelsReady", "0/9");
          return server;
        });
    await("it is put right", Duration.ofSeconds(5), () -> llm.status().modelsReady().equals("1/1"));
    pods.get(0).delete("gemma");
    await("it is brought again", MODEL, () -> pods.get(0).holds("gemma:latest"));
    llm.apply("replicas: 2\nmodels: [{name: other, from: {url: %s}}]".formatted(gguf()));
    await("the new one is there", MODEL, () -> pods.get(0).holds("other:latest"));
    await("the old one is gone", MODEL, () -> !pods.get(0).holds("gemma:latest"));
    // a replica that has joined stays, whatever is asked of new ones
    assertThat(pods.get(1).probe(llm.container(), "absent:latest\n")).isTrue();
  }

  @Test
  void aWrongChecksumIsToldUntilItIsRight() throws Exception {
    OllamaPod.need();
    var wrong = SHA256.replace('a', 'b');
    llm.create("models: [{name: gemma, from: {url: %s, sha256: %s}}]".formatted(gguf(), wrong));
    run(0);
    await("it is told", MODEL, () -> "ChecksumMismatch".equals(llm.reason("Ready")));
    assertThat(model().state()).isEqualTo(ModelPhase.Failed);
    assertThat(model().message()).contains("llm-models-0", "sha256");
    assertThat(llm.platform().events("ChecksumMismatch")).hasSize(1);
    await("it keeps no replica out", () -> required().isEmpty());
    llm.apply("models: [{name: gemma, from: {url: %s, sha256: %s}}]".formatted(gguf(), SHA256));
    await("it is there", MODEL, () -> model().state() == ModelPhase.Ready);
  }

  @Test
  void aModelThatCannotBeBroughtKeepsNoOtherAway() throws Exception {
    OllamaPod.need();
    llm.create(
        """
        models:
        - {name: text, from: {url: "http://127.0.0.1:%d/text"}}
        - {name: none, from: {url: "http://127.0.0.1:%d/none"}}
        - {name: gemma, from: {url: %s}}
        """
            .formatted(port(), port(), gguf()));
    run(0);
    await("the third is there", MODEL, () -> model("gemma").state() == ModelPhase.Ready);
    assertThat(model("text").state()).isEqualTo(ModelPhase.Failed);
    assertThat(model("none").message()).contains("status 404");
    await("the list has the third", () -> required().equals("gemma:latest\n"));
    assertThat(pods.getFirst().probe(llm.container(), required())).isTrue();
    assertThat(llm.reason("Ready")).isEqualTo("ModelFailed");
  }

  @Test
  void aFileOfAVolumeIsBroughtByAJob() throws Exception {
    OllamaPod.need();
    llm.apply(
        """
        models: [{name: gemma, from: {path: /models/gemma.gguf, sha256: %s}}]
        volume: {claimName: files}
        """
            .formatted(SHA256));
    await("the claim is missed", () -> "ClaimNotFound".equals(llm.reason("ResolvedRefs")));
    claim("files");
    await("it is found", () -> "True".equals(llm.state("ResolvedRefs")));
    llm.awaitReplicas();
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
    assertThat(missing).startsWith("42 ").contains("nothing.gguf is not there");
    assertThat(runJob(load, Files.writeString(home.resolve("text"), "x")))
        .startsWith("42 ")
        .contains("mismatch");
    var again = job().getSpec().getPodFailurePolicy().getRules();
    assertThat(again.getFirst().getAction()).isEqualTo("FailJob");
    assertThat(again.getFirst().getOnExitCodes().getValues()).containsExactly(42);
    assertThat(runJob(load, OllamaPod.model())).startsWith("0 ");
    llm.platform().end(job(), true);
    await("it is there", MODEL, () -> model().state() == ModelPhase.Ready);
  }

  @Test
  void whatAJobSaidBeforeItFailedIsTold() throws Exception {
    OllamaPod.need();
    claim("files");
    llm.create(
        """
        models: [{name: gemma, from: {path: /models/gemma.gguf}}]
        volume: {claimName: files}
        """);
    run(0);
    await("the job exists", () -> job() != null);
    fail(job(), "write /data/models/blobs/x: no space left on device");
    await("it is told", () -> "DiskFull".equals(llm.reason("Ready")));
    assertThat(model().message()).contains("enlarge its claim");
  }

  private int port() {
    return files.getAddress().getPort();
  }

  private String gguf() {
    return "\"http://127.0.0.1:" + port() + "/gemma.gguf\"";
  }

  private void run(int ordinal) throws IOException, InterruptedException {
    var volume = Files.createDirectories(home.resolve("pod" + ordinal));
    pods.add(OllamaPod.run(llm.platform(), "llm", ordinal, volume, llm.container()));
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

  /** The Job's container says its last words, and the Job fails. */
  private void fail(Job job, String message) {
    var meta = job.getMetadata();
    llm.platform()
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: %1$s-x
              labels: %3$s
              ownerReferences: [{apiVersion: batch/v1, kind: Job, name: %1$s, uid: %2$s}]
            spec: {containers: [{name: load, image: "ollama:test"}]}
            """
                .formatted(
                    meta.getName(),
                    meta.getUid(),
                    llm.client()
                        .getKubernetesSerialization()
                        .asJson(job.getSpec().getTemplate().getMetadata().getLabels())));
    llm.platform()
        .status(
            Pod.class,
            meta.getName() + "-x",
            """
            phase: Failed
            containerStatuses:
            - {name: load, image: "ollama:test", imageID: "", ready: false, restartCount: 0,
               state: {terminated: {exitCode: 1, message: "%s"}}}
            """
                .formatted(message));
    llm.platform().end(job, false);
  }

  private void claim(String name) {
    llm.platform()
        .apply(
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: %s}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            """
                .formatted(name));
  }

  private Job job() {
    var jobs = llm.client().batch().v1().jobs().list().getItems();
    return jobs.isEmpty() ? null : jobs.getFirst();
  }

  /** The models that the probe of a replica asks for. */
  private String required() {
    return llm.client().configMaps().withName("llm-models").get().getData().get("required");
  }

  private ModelState model() {
    return llm.status().models().getFirst();
  }

  private ModelState model(String name) {
    return llm.status().models().stream()
        .filter(m -> m.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
