package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces, sent to a collector that speaks OTLP over HTTP. */
@NullUnmarked
class TracesTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private final ByteArrayOutputStream collected = new ByteArrayOutputStream();
  private final Map<String, String> seen = new ConcurrentHashMap<>();

  @Test
  void aRequestIsASpanOfItsCallersTraceAndTheBackendsCallItsChild(
      @TempDir Path data, @TempDir Path manifests) throws Exception {
    var backend = server();
    var collector = collector();
    try (var runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("plain", backend.getAddress().getPort(), ""),
            Map.of(
                "otel.exporter.otlp.endpoint",
                "http://127.0.0.1:" + collector.getAddress().getPort()))) {
      var answer =
          runtime.send(
              runtime
                  .request("acme", "/plain/x")
                  .header("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01"));
      assertThat(answer.statusCode()).isEqualTo(200);
    } finally {
      backend.stop(0);
    }
    assertThat(seen.get("traceparent")).startsWith("00-" + TRACE).doesNotContain("b7ad6b71692");
    var sent = collected.toByteArray();
    collector.stop(0);
    assertThat(new String(sent, StandardCharsets.ISO_8859_1))
        .contains("tollgate.tenant", "acme", "GET /plain", "tollgate.backend", "COMPLETE")
        .contains(
            new String(HexFormat.of().parseHex(TRACE), StandardCharsets.ISO_8859_1),
            new String(HexFormat.of().parseHex("b7ad6b7169203331"), StandardCharsets.ISO_8859_1));
  }

  private HttpServer server() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            seen.put("traceparent", exchange.getRequestHeaders().getFirst("traceparent"));
            exchange.sendResponseHeaders(200, -1);
          }
        });
    server.start();
    return server;
  }

  private HttpServer collector() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/traces",
        exchange -> {
          try (exchange) {
            var body = exchange.getRequestBody();
            var zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            synchronized (collected) {
              (zipped ? new GZIPInputStream(body) : body).transferTo(collected);
            }
            exchange.sendResponseHeaders(200, -1);
          }
        });
    server.start();
    return server;
  }
}
