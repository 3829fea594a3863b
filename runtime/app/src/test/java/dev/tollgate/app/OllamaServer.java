package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.core.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A real {@code ollama serve} with the model {@code gemma} of 270 million parameters, which answers
 * one call at a time. {@code e2e-tests/model/build.sh} makes both, and the Python clients; without
 * them a test is left out with a line that says so, or fails where {@code CI=true}.
 */
final class OllamaServer implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SHA256 =
      "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";

  private final HttpClient http = HttpClient.newHttpClient();
  private final int port;
  private final Process process;

  private OllamaServer(Path home, int port) throws IOException {
    this.port = port;
    var builder =
        new ProcessBuilder(program().toString(), "serve")
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("ollama.log").toFile());
    builder.environment().put("OLLAMA_HOST", "127.0.0.1:" + port);
    builder.environment().put("OLLAMA_MODELS", home.resolve("models").toString());
    builder.environment().put("OLLAMA_NUM_PARALLEL", "1");
    builder.environment().put("HOME", home.toString());
    process = builder.start();
  }

  private static Path cache() {
    var cache = System.getenv("TOLLGATE_CACHE");
    return cache == null
        ? Path.of(System.getProperty("user.home"), ".cache/tollgate")
        : Path.of(cache);
  }

  private static Path program() {
    return cache().resolve("bin/ollama");
  }

  private static Path model() {
    return cache().resolve("models/gemma3-270m.gguf");
  }

  /** A Python that has the clients. */
  static Path python() {
    var python = cache().resolve("venv-models/bin/python");
    need(python);
    return python;
  }

  /** Whether there is what {@link #start} needs. */
  static boolean isThere() {
    return Files.exists(program()) && Files.exists(model());
  }

  private static void need(Path file) {
    if (!Files.exists(file)) {
      var missing = "there is no " + file + "; e2e-tests/model/build.sh makes it";
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(missing);
      }
      System.out.println("Left out: tests on a real Ollama, " + missing);
      Assumptions.abort(missing);
    }
  }

  /**
   * @param home where it keeps its model
   */
  static OllamaServer start(Path home) throws IOException, InterruptedException {
    need(program());
    need(model());
    var server = new OllamaServer(home, FreePort.find());
    server.awaitStart();
    server.send("/api/blobs/sha256:" + SHA256, BodyPublishers.ofFile(model()));
    // its threads wait for each other in a busy loop, so that on a busy machine one is the fastest
    server.post(
        "/api/create",
        """
        {"model":"gemma","stream":false,"files":{"gemma.gguf":"sha256:%s"},\
        "parameters":{"num_thread":1}}\
        """
            .formatted(SHA256));
    return server;
  }

  int port() {
    return port;
  }

  /** What it answers to one who calls it without a gateway between. */
  JsonNode post(String path, String body) throws IOException, InterruptedException {
    return JSON.readTree(send(path, BodyPublishers.ofString(body)));
  }

  private String send(String path, HttpRequest.BodyPublisher body)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(60))
            .POST(body)
            .build();
    var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IOException(path + ": " + answer.body());
    }
    return answer.body();
  }

  private void awaitStart() throws InterruptedException {
    for (int i = 0; i < 300; i++) {
      try {
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/version")).build(),
            HttpResponse.BodyHandlers.discarding());
        return;
      } catch (IOException e) {
        Thread.sleep(100); // not up yet
      }
    }
    throw new IllegalStateException("Ollama did not start within 30 s");
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
