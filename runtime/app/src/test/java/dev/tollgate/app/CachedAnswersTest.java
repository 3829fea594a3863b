package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are kept, as RFC 9111 has it, and never for another tenant. */
@NullUnmarked
class CachedAnswersTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private final Map<String, String> toldByHead = new ConcurrentHashMap<>();
  private ApiBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ApiBackendServer();
    backend.at("/private", "Cache-Control", "private");
    backend.at("/public", "Cache-Control", "public, max-age=60");
    backend.at("/vary", "Vary", "Accept-Language");
    backend.at(
        "/tagged",
        (exchange, _) -> {
          exchange.getResponseHeaders().add("ETag", "\"v1\"");
          exchange.getResponseHeaders().add("Cache-Control", "max-age=0");
          if ("\"v1\"".equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
            exchange.sendResponseHeaders(304, -1);
          } else {
            backend.answer(exchange, 200);
          }
        });
    backend.at(
        "/headed",
        (exchange, _) -> {
          var headers = exchange.getResponseHeaders();
          headers.add("Vary", "Accept-Language");
          headers.add("ETag", "\"v1\"");
          headers.add("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
          headers.add("Cache-Control", "max-age=0");
          if (exchange.getRequestMethod().equals("HEAD")) {
            toldByHead.forEach(headers::set);
            exchange.sendResponseHeaders(200, -1);
          } else {
            backend.answer(exchange, 200);
          }
        });
    backend.at(
        "/sleep",
        (exchange, _) -> {
          Thread.sleep(2000);
          backend.answer(exchange, 200);
        });
    backend.at(
        "/stand-in",
        (exchange, _) -> {
          exchange.getResponseHeaders().add("Cache-Control", "max-age=0, stale-if-error=60");
          backend.answer(exchange, backend.calls.get() > 1 ? 503 : 200);
        });
    var routes =
        route("cached", backend.port(), "cache: {for: 60s}")
            + route(
                "broken",
                backend.port(),
                """
                cache: {for: 60s}
                circuitBreaker: {failurePercent: 1, minimumCalls: 1, window: 60s}
                """)
            + route(
                "busy",
                List.of(backend.backend("one", "", "maxConnections: 1, maxPending: 0")),
                "cache: {for: 60s}");
    runtime = RunningRuntime.start(data, manifests, routes, Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @Test
  void anAnswerIsServedFromTheCacheWithItsAge() throws Exception {
    var first = runtime.get("acme", "/cached/thing");
    var second = runtime.get("acme", "/cached/thing");
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(first.headers().firstValue("Cache-Status")).hasValue("tollgate; fwd=uri-miss");
    assertThat(second.headers().firstValue("Cache-Status")).hasValue("tollgate; hit");
    assertThat(second.headers().firstValue("Age")).isPresent();
    assertThat(backend.calls).hasValue(1);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 2);
  }

  @Test
  void oneTenantIsNotServedWhatWasKeptForAnother() throws Exception {
    runtime.get("acme", "/cached/thing");
    runtime.get("globex", "/cached/thing");
    assertThat(backend.calls).hasValue(2);
    runtime.get("acme", "/cached/public");
    runtime.get("globex", "/cached/public");
    assertThat(backend.calls).as("unless the backend says that it is public").hasValue(3);
  }

  @Test
  void aPrivateAnswerIsNotKept() throws Exception {
    runtime.get("acme", "/cached/private");
    runtime.get("acme", "/cached/private");
    assertThat(backend.calls).hasValue(2);
  }

  @Test
  void whatABackendAnsweredIsNotServedWhereARouteHasAnother() throws Exception {
    runtime.get("acme", "/cached/thing");
    try (var other = new ApiBackendServer()) {
      var routes = manifests.resolve("routes.yaml");
      var another = ":" + other.port() + "\"";
      Files.writeString(
          routes, Files.readString(routes).replace(":" + backend.port() + "\"", another));
      for (int i = 0; i < 100 && other.calls.get() == 0; i++) {
        runtime.get("acme", "/cached/thing");
        Thread.sleep(100);
      }
      assertThat(runtime.get("acme", "/cached/thing").headers().firstValue("Cache-Status"))
          .hasValue("tollgate; hit");
      assertThat(other.calls).hasValue(1);
    }
    assertThat(backend.calls).hasValue(1);
  }

  @Test
  void variantsAreKeptApart() throws Exception {
    for (var language : new String[] {"de", "en", "de", "en"}) {
      runtime.send(runtime.request("acme", "/cached/vary").header("Accept-Language", language));
    }
    assertThat(backend.calls).hasValue(2);
  }

  @Test
  void aStaleAnswerIsRevalidated() throws Exception {
    var first = runtime.get("acme", "/cached/tagged");
    var second = runtime.get("acme", "/cached/tagged");
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.headers().firstValue("Cache-Status"))
        .hasValue("tollgate; hit; detail=revalidated");
    assertThat(backend.calls).hasValue(2);
    var third =
        runtime.send(runtime.request("acme", "/cached/tagged").header("If-None-Match", "\"v1\""));
    assertThat(third.statusCode()).isEqualTo(304);
  }

  @Test
  void aStaleAnswerStandsInForAFailingBackendWhereItMay() throws Exception {
    var first = runtime.get("acme", "/cached/stand-in");
    var second = runtime.get("acme", "/cached/stand-in");
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(second.body()).isEqualTo(first.body());
  }

  @Test
  void aStaleAnswerStandsInWhereTheCircuitIsOpen() throws Exception {
    var first = runtime.get("acme", "/broken/stand-in");
    for (int i = 0; i < 3; i++) {
      var next = runtime.get("acme", "/broken/stand-in");
      assertThat(next.statusCode()).isEqualTo(200);
      assertThat(next.body()).isEqualTo(first.body());
    }
    assertThat(backend.calls).as("of which the second opened it").hasValue(2);
    assertThat(runtime.get("acme", "/broken/thing").statusCode()).isEqualTo(503);
  }

  @Test
  void aStaleAnswerStandsInWhereTheBackendHasNoPlace() throws Exception {
    var first = runtime.get("acme", "/busy/stand-in");
    try (var _ = runtime.begin("acme", "GET /busy/sleep")) {
      await(() -> backend.calls.get() == 2);
      var next = runtime.get("acme", "/busy/stand-in");
      assertThat(next.statusCode()).isEqualTo(200);
      assertThat(next.body()).isEqualTo(first.body());
      assertThat(backend.calls).hasValue(2);
      assertThat(runtime.get("acme", "/busy/thing").statusCode()).isEqualTo(503);
    }
  }

  @Test
  void whatIsKeptEndsWithAPostToTheSameTarget() throws Exception {
    runtime.get("acme", "/cached/thing");
    runtime.send(
        runtime.request("acme", "/cached/thing").POST(HttpRequest.BodyPublishers.ofString("x")));
    runtime.get("acme", "/cached/thing");
    assertThat(backend.calls).hasValue(3);
  }

  @Test
  void onlyIfCachedNeverAsksTheBackend() throws Exception {
    var answer =
        runtime.send(
            runtime.request("acme", "/cached/thing").header("Cache-Control", "only-if-cached"));
    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(backend.calls).hasValue(0);
  }

  @Test
  void eachHostHasAnswersOfItsOwn() throws Exception {
    for (var host : new String[] {"localhost", "127.0.0.1", "localhost", "127.0.0.1"}) {
      runtime.send(
          runtime
              .request("acme", "/cached/public")
              .uri(URI.create("http://" + host + ":" + runtime.port + "/cached/public")));
    }
    assertThat(backend.calls).hasValue(2);
  }

  @Test
  void aHeadThatIsNotAnsweredFromTheCacheSaysSo() throws Exception {
    var head =
        runtime.send(
            runtime.request("acme", "/cached/thing").method("HEAD", BodyPublishers.noBody()));
    assertThat(head.headers().firstValue("Cache-Status")).hasValue("tollgate; fwd=uri-miss");
    runtime.get("acme", "/cached/thing");
    head =
        runtime.send(
            runtime.request("acme", "/cached/thing").method("HEAD", BodyPublishers.noBody()));
    assertThat(head.headers().firstValue("Cache-Status")).hasValue("tollgate; hit");
    assertThat(backend.calls).hasValue(2);
  }

  @Test
  void aHeadThatAgreesWithWhatIsKeptRenewsIt() throws Exception {
    var first = headed("GET", "de");
    headed("GET", "en");
    toldByHead.put("Cache-Control", "max-age=60");
    toldByHead.put("X-Told", "by HEAD");
    assertThat(status(headed("HEAD", "de"))).isEqualTo("tollgate; fwd=stale");
    var renewed = headed("GET", "de");
    assertThat(status(renewed)).isEqualTo("tollgate; hit");
    assertThat(renewed.body()).isEqualTo(first.body());
    assertThat(renewed.headers().firstValue("X-Told")).hasValue("by HEAD");
    assertThat(status(headed("GET", "en"))).as("another variant").isEqualTo("tollgate; fwd=stale");
  }

  @Test
  void aHeadThatTellsOfAnotherContentEndsWhatIsKept() throws Exception {
    for (var told :
        List.of(
            Map.entry("ETag", "\"v2\""),
            Map.entry("Last-Modified", "Mon, 07 Nov 1994 08:49:37 GMT"),
            Map.entry("Content-Length", "99"))) {
      headed("GET", "de");
      toldByHead.put(told.getKey(), told.getValue());
      headed("HEAD", "de");
      toldByHead.clear();
      assertThat(status(headed("GET", "de"))).isEqualTo("tollgate; fwd=uri-miss");
    }
  }

  private HttpResponse<String> headed(String method, String language) throws Exception {
    return runtime.send(
        runtime
            .request("acme", "/cached/headed")
            .header("Accept-Language", language)
            .method(method, BodyPublishers.noBody()));
  }

  private static String status(HttpResponse<?> answer) {
    return answer.headers().firstValue("Cache-Status").orElseThrow();
  }
}
