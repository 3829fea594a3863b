package dev.tollgate.operator.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The interface of one Ollama that concerns its models, see
 * https://github.com/ollama/ollama/blob/v0.6.8/docs/api.md. What takes long is read as it comes and
 * blocks the caller, who is a virtual thread; the others end within {@link #ANSWER}.
 */
final class OllamaApi {

  static final Duration ANSWER = Duration.ofSeconds(2);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST = 300;

  private final HttpClient http;
  private final URI base;

  /**
   * @param base such as http://10.0.0.7:11434
   */
  OllamaApi(HttpClient http, URI base) {
    this.http = http;
    this.base = base;
  }

  /** The models that it holds: bytes on disk by full name. */
  CompletableFuture<Map<String, Long>> held() {
    return http.sendAsync(
            HttpRequest.newBuilder(base.resolve("/api/tags")).timeout(ANSWER).build(),
            BodyHandlers.ofString())
        .thenApply(answer -> {
          if (answer.statusCode() != 200) {
            throw new IllegalStateException("status " + answer.statusCode());
          }
          Map<String, Long> held = new TreeMap<>();
          for (var model : read(answer.body()).path("models")) {
            held.put(model.path("name").asText(), model.path("size").asLong());
          }
          return held;
        });
  }

  /** Brings a model from the library; {@code progress} is told of each step. */
  void pull(String model, Consumer<String> progress) throws IOException, InterruptedException {
    stream("/api/pull", Map.of("model", model), progress);
  }

  /** Makes a model of a GGUF file that {@link #upload} has brought, in place of one so named. */
  void create(String model, String sha256, Consumer<String> progress)
      throws IOException, InterruptedException {
    stream(
        "/api/create",
        Map.of("model", model, "files", Map.of("model.gguf", "sha256:" + sha256)),
        progress);
  }

  /** Whether it has a file of that SHA-256. */
  boolean has(String sha256) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(blob(sha256)).timeout(ANSWER).HEAD().build();
    return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
  }

  /** Gives it a file, which it refuses when its SHA-256 is another. */
  void upload(String sha256, Supplier<InputStream> file) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(blob(sha256)).POST(BodyPublishers.ofInputStream(file)).build();
    var answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw refusal(answer.statusCode(), answer.body());
    }
  }

  /** Removes a model; one that is not there is none the less gone. */
  void delete(String model) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(base.resolve("/api/delete"))
            .timeout(ANSWER)
            .header("Content-Type", "application/json")
            .method("DELETE", BodyPublishers.ofString(write(Map.of("model", model))))
            .build();
    var answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() >= 300 && answer.statusCode() != 404) {
      throw refusal(answer.statusCode(), answer.body());
    }
  }

  private URI blob(String sha256) {
    return base.resolve("/api/blobs/sha256:" + sha256);
  }

  private void stream(String path, Map<String, Object> body, Consumer<String> progress)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(base.resolve(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(write(body)))
            .build();
    HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
    try (var lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      var last = "";
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        var step = read(line);
        if (step.hasNonNull("error") || answer.statusCode() >= 300) {
          throw refusal(answer.statusCode(), line);
        }
        last = step.path("status").asText();
        progress.accept(words(step));
      }
      if (!last.equals("success")) {
        throw new OllamaException("it broke off after '" + last + "'");
      }
    }
  }

  private static String words(JsonNode step) {
    var total = step.path("total").asLong();
    var status = step.path("status").asText();
    return total <= 0
        ? status
        : status
            + " "
            + step.path("completed").asLong() * 100 / total
            + " % of "
            + Math.ceilDiv(total, 1_000_000)
            + " MB";
  }

  private static OllamaException refusal(int status, String body) {
    var said = read(body).path("error").asText();
    var text = (said.isEmpty() ? "status " + status : said).strip().replaceAll("\\s+", " ");
    return new OllamaException(text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text);
  }

  private static String write(Map<String, Object> body) {
    try {
      return JSON.writeValueAsString(body);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is no JSON says nothing. */
  private static JsonNode read(String text) {
    try {
      var node = JSON.readTree(text);
      return node == null ? JSON.createObjectNode() : node;
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }
}
