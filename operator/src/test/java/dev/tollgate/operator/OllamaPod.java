package dev.tollgate.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Does a kubelet's work for one replica of a model server, with a real Ollama: runs the command of
 * its container with its variables, and its probe. Each has a loopback address of its own, for the
 * port is the one that the operator calls. {@code e2e-tests/model/build.sh} builds Ollama and the
 * model; without them a test is left out, or fails where {@code CI=true}.
 */
final class OllamaPod implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Path home;
  private final String address;
  private Process process;

  private OllamaPod(Path home, String address, Process process) {
    this.home = home;
    this.address = address;
    this.process = process;
  }

  static Path cache() {
    var cache = System.getenv("TOLLGATE_CACHE");
    return cache == null
        ? Path.of(System.getProperty("user.home"), ".cache/tollgate")
        : Path.of(cache);
  }

  /** A GGUF file of 253 MB. */
  static Path model() {
    return cache().resolve("models/gemma3-270m.gguf");
  }

  /** Leaves the calling test out where there is no Ollama. */
  static void need() {
    if (!Files.isExecutable(cache().resolve("bin/ollama")) || !Files.exists(model())) {
      var missing = "no Ollama or model in " + cache() + "; e2e-tests/model/build.sh makes them";
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(missing);
      }
      System.out.println("Left out: tests on a real Ollama, " + missing);
      Assumptions.abort(missing);
    }
  }

  /**
   * Starts what a container says and shows it to the operator as a pod that runs.
   *
   * @param home its volume
   */
  static OllamaPod run(
      Platform platform, String server, int ordinal, Path home, Container container)
      throws IOException, InterruptedException {
    var random = ThreadLocalRandom.current();
    var address =
        "127.%d.%d.%d"
            .formatted(random.nextInt(1, 255), random.nextInt(256), random.nextInt(1, 255));
    var builder =
        inContainer(container.getCommand(), container.getEnv(), home)
            .redirectOutput(home.resolve("log").toFile());
    builder.environment().put("OLLAMA_HOST", address + ":11434");
    var pod = new OllamaPod(home, address, builder.start());
    pod.join(platform, server, ordinal);
    Platform.await("Ollama answers", () -> pod.get("/api/version").has("version"));
    return pod;
  }

  /** A process as a container would start it: its variables, its volume at /data. */
  static ProcessBuilder inContainer(List<String> command, List<EnvVar> variables, Path home) {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    var path = cache().resolve("bin") + ":" + System.getenv("PATH");
    builder.environment().put("PATH", path);
    variables.forEach(v ->
        builder.environment().put(v.getName(), v.getValue().replace("/data", home.toString())));
    if (command.getFirst().equals("ollama")) {
      builder.command(cache().resolve("bin/ollama").toString(), command.getLast());
    }
    return builder;
  }

  private void join(Platform platform, String server, int ordinal) {
    var name = server + "-models-" + ordinal;
    platform.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata:
          name: data-%1$s
          labels: {tollgate.dev/model-server: %2$s, app.kubernetes.io/name: tollgate-models}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: %1$s
          labels: {tollgate.dev/model-server: %2$s, app.kubernetes.io/name: tollgate-models}
        spec: {containers: [{name: ollama, image: "ollama:test"}]}
        """
            .formatted(name, server));
    platform.status(
        Pod.class,
        name,
        """
        phase: Running
        podIP: %1$s
        podIPs: [{ip: %1$s}]
        """
            .formatted(address));
  }

  String address() {
    return address + ":11434";
  }

  /** Whether it would take calls, by the probe that the operator applied. */
  boolean probe(Container container, String required) throws IOException, InterruptedException {
    var list = Files.writeString(home.resolve("required"), required);
    var command =
        container.getReadinessProbe().getExec().getCommand().stream()
            .map(part -> part.replace("/etc/tollgate/required", list.toString()))
            .map(part -> part.replace("/tmp/joined", home.resolve("joined").toString()))
            .toList();
    var builder = inContainer(command, container.getEnv(), home);
    builder.environment().put("OLLAMA_HOST", address());
    return builder.start().waitFor() == 0;
  }

  boolean holds(String model) {
    return get("/api/tags").path("models").findValuesAsText("name").contains(model);
  }

  /** Takes a model away behind the operator's back. */
  void delete(String model) {
    send("/api/delete", "DELETE", "{\"model\":\"" + model + "\"}");
  }

  /** What the model says to a prompt. */
  String says(String model, String prompt) {
    return send(
            "/api/generate",
            "POST",
            "{\"model\":\"%s\",\"prompt\":\"%s\",\"stream\":false,\"options\":{\"num_predict\":4}}"
                .formatted(model, prompt))
        .path("response")
        .asText();
  }

  private JsonNode get(String path) {
    return send(path, "GET", "");
  }

  private JsonNode send(String path, String method, String body) {
    try {
      var request =
          HttpRequest.newBuilder(URI.create("http://" + address() + path))
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .build();
      return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    http.close();
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
