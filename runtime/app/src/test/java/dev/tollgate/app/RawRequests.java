package dev.tollgate.app;

import static dev.tollgate.app.Manifests.JSON_TOOL;
import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A runtime with routes to one backend, for requests that are written byte by byte. */
abstract class RawRequests {

  @TempDir Path manifests;
  @TempDir Path data;
  final List<String> seen = new CopyOnWriteArrayList<>();
  final List<Headers> headers = new CopyOnWriteArrayList<>();
  ApiBackendServer backend;
  RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend =
        new ApiBackendServer((exchange, _) -> {
          seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          headers.add(exchange.getRequestHeaders());
          exchange.sendResponseHeaders(200, -1);
        });
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("open", backend.port(), "")
                + host("any", "")
                + host("one", "api.example.com")
                + host("wide", "*.example.com")
                + host("wider", "*.com")
                + JSON_TOOL,
            Map.of());
  }

  /** A route that tells its backend its name. */
  String host(String name, String hostname) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ApiRoute
    metadata: {name: %s}
    spec:
      match: {path: /hosts, hostnames: [%s]}
      backends: [{name: one, url: "http://127.0.0.1:%d/%s"}]
    ---
    """
        .formatted(name, hostname.isEmpty() ? "" : '"' + hostname + '"', backend.port(), name);
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  String raw(String request) throws IOException {
    try (var socket = new Socket("localhost", runtime.port)) {
      socket.setSoTimeout(5000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (SocketTimeoutException | SocketException e) {
      return e.toString();
    }
  }

  String head(String line, String... headers) {
    return line
        + "\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
        + runtime.key("acme")
        + "\r\n"
        + String.join("", Arrays.stream(headers).map(h -> h + "\r\n").toList())
        + "\r\n";
  }

  static int code(String answer) {
    return answer.startsWith("HTTP/1.") ? Integer.parseInt(answer.substring(9, 12)) : -1;
  }

  void nothingIsLeft() throws InterruptedException {
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
  }
}
