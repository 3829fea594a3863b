package dev.tollgate.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.app.wiring.AdminToken;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Talks to the management port of a runtime on this machine. */
public final class AdminClient {

  @Option(
      names = "--data",
      scope = CommandLine.ScopeType.INHERIT,
      paramLabel = "DIR",
      description = "The running instance's data directory (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:TOLLGATE_DATA:-data}")
  Path data = Path.of("data");

  @Option(
      names = "--management-port",
      scope = CommandLine.ScopeType.INHERIT,
      description = "The running instance's management port (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:TOLLGATE_MANAGEMENT_PORT:-8081}")
  int port;

  /** A path of these segments, whatever characters they have. */
  static String path(String... segments) {
    var path = new StringBuilder();
    for (var segment : segments) {
      path.append('/').append(encoded(segment));
    }
    return path.toString();
  }

  /** As it stands in a path or a query. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Calls the administrator's API.
   *
   * @param path encoded
   */
  JsonNode call(String method, String path) throws IOException, InterruptedException {
    var token = AdminToken.file(data);
    if (!Files.isReadable(token)) {
      throw new IOException(
          "no running instance was found: "
              + token.toAbsolutePath()
              + " is not there; start one"
              + " with ./tollgate up, or name its --data directory");
    }
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/admin" + path))
            .timeout(Duration.ofSeconds(10))
            .header("Authorization", "Bearer " + Files.readString(token).strip())
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    try (var client = HttpClient.newHttpClient()) {
      var response = client.send(request, HttpResponse.BodyHandlers.ofString());
      var body =
          response.body().isEmpty()
              ? new ObjectMapper().createObjectNode()
              : new ObjectMapper().readTree(response.body());
      if (response.statusCode() >= 400) {
        throw new IOException(
            body.path("detail").asText("the runtime answered " + response.statusCode()));
      }
      return body;
    } catch (ConnectException e) {
      throw new IOException("nothing answers on port " + port + "; is ./tollgate up running?", e);
    }
  }
}
