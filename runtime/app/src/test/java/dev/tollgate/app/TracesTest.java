package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
    try (var backend = new ApiBackendServer(this::see);
        var collector = new ApiBackendServer(this::collect)) {
      try (var runtime =
          RunningRuntime.start(
              data,
              manifests,
              route("plain", backend.port(), ""),
              Map.of("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + collector.port()))) {
        var answer =
            runtime.send(
                runtime
                    .request("acme", "/plain/x")
                    .header("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01"));
        assertThat(answer.statusCode()).isEqualTo(200);
      } // which sends what it has not sent yet
    }
    assertThat(seen.get("traceparent")).startsWith("00-" + TRACE).doesNotContain("b7ad6b71692");
    var sent = collected.toByteArray();
    assertThat(new String(sent, StandardCharsets.ISO_8859_1))
        .contains("tollgate.tenant", "acme", "GET /plain", "tollgate.backend", "COMPLETE")
        .contains(
            new String(HexFormat.of().parseHex(TRACE), StandardCharsets.ISO_8859_1),
            new String(HexFormat.of().parseHex("b7ad6b7169203331"), StandardCharsets.ISO_8859_1));
  }

  private void see(HttpExchange exchange, byte[] body) throws IOException {
    seen.put("traceparent", exchange.getRequestHeaders().getFirst("traceparent"));
    exchange.sendResponseHeaders(200, -1);
  }

  private void collect(HttpExchange exchange, byte[] body) throws IOException {
    var zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    var in = new ByteArrayInputStream(body);
    synchronized (collected) {
      var _ = (zipped ? new GZIPInputStream(in) : in).transferTo(collected);
    }
    exchange.sendResponseHeaders(200, -1);
  }
}
