package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.app.wiring.FirstKeys;
import dev.tollgate.core.FreePort;
import io.micronaut.context.ApplicationContext;
import io.micronaut.http.server.exceptions.ServerStartupException;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.NullUnmarked;

/** A whole runtime over manifests, in this process, and a client to call it with. */
@NullUnmarked
final class RunningRuntime implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  final ApplicationContext context;
  final int port;
  final int managementPort;
  final HttpClient client = HttpClient.newHttpClient();

  private RunningRuntime(ApplicationContext context, int port, int managementPort) {
    this.context = context;
    this.port = port;
    this.managementPort = managementPort;
  }

  static RunningRuntime start(Path data, Path manifests, String routes, Map<String, Object> extra)
      throws IOException {
    Files.writeString(manifests.resolve("tenants.yaml"), Manifests.TENANTS);
    Files.writeString(manifests.resolve("routes.yaml"), routes);
    return startAgain(data, manifests, extra);
  }

  /** With the manifests that are there. */
  static RunningRuntime startAgain(Path data, Path manifests, Map<String, Object> extra)
      throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return startOnce(data, manifests, extra);
      } catch (ServerStartupException e) {
        // somebody else has taken a port that was free
        if (tries == 3) {
          throw e;
        }
      }
    }
  }

  private static RunningRuntime startOnce(Path data, Path manifests, Map<String, Object> extra)
      throws IOException {
    var management = FreePort.find();
    var http = FreePort.find();
    Map<String, Object> properties =
        new HashMap<>(
            Map.of(
                "tollgate.data", data.toString(),
                "tollgate.directory", manifests.toString(),
                "micronaut.server.port", String.valueOf(http),
                "endpoints.all.port", String.valueOf(management),
                // tests ask faster than tenants may
                "tollgate.own-api.requests-per-second", "1000"));
    properties.putAll(extra);
    var context = ApplicationContext.builder().properties(properties).start();
    try {
      var _ = context.getBean(EmbeddedServer.class).start();
    } catch (ServerStartupException e) {
      context.close();
      throw e;
    }
    return new RunningRuntime(context, http, management);
  }

  HttpRequest.Builder request(String tenant, String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
        .timeout(Duration.ofSeconds(20))
        .header("Authorization", "Bearer " + key(tenant));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String tenant, String path) throws Exception {
    return send(request(tenant, path));
  }

  String metrics() throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + managementPort + "/prometheus"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** The first value of a meter, or an empty text while there is none. */
  String metric(String name) {
    try {
      for (var line : metrics().split("\n")) {
        if (line.startsWith(name + " ") || line.startsWith(name + "{")) {
          return line.substring(line.lastIndexOf(' ') + 1).strip();
        }
      }
      return "";
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A connection on which the head of a request has been sent, for those who do with the rest what
   * no client library does.
   *
   * @param request its method and path
   */
  Socket begin(String tenant, String request, String... headers) throws IOException {
    var head = new StringBuilder(request).append(" HTTP/1.1\r\nHost: localhost\r\n");
    head.append("Authorization: Bearer ").append(key(tenant)).append("\r\n");
    for (var header : headers) {
      head.append(header).append("\r\n");
    }
    var socket = new Socket("localhost", port);
    socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  String key(String tenant) {
    return context.getBean(FirstKeys.class).all().get(tenant);
  }

  /** A new key with all that the tenant's first one has: its {@code id} and the {@code key}. */
  JsonNode newKey(String tenant) throws Exception {
    var made =
        send(
            request(tenant, "/v1/keys")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"label\":\"new\"}")));
    return JSON.readTree(made.body());
  }

  JsonNode usage(String tenant) {
    try {
      return JSON.readTree(get(tenant, "/v1/usage").body());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      Thread.sleep(25);
    }
    throw new AssertionError("not within five seconds");
  }

  @Override
  public void close() {
    client.close();
    context.close();
  }
}
