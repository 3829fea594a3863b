package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static dev.tollgate.app.RunningRuntime.route;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an ApiRoute does between a caller and a backend, on real sockets. */
@NullUnmarked
class GatewayTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private HttpServer backend;
  private RunningRuntime runtime;
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @BeforeEach
  void start() throws IOException {
    backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    backend.setExecutor(Executors.newCachedThreadPool());
    backend.createContext(
        "/",
        exchange -> {
          calls.incrementAndGet();
          try (exchange) {
            answer(exchange);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    backend.start();
    var port = backend.getAddress().getPort();
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("plain", port, "")
                + route("slow", port, "timeouts: {idle: 1s}")
                + versions("versions", port, "/one", "\"1\"", "cache: {for: 60s}")
                + versions(
                    "halves",
                    port,
                    "/failing",
                    "other",
                    "retry: {attempts: 1, reasons: [\"503\"], budgetPercent: 20}")
                + places("places", port, "/eu", "cache: {for: 60s}")
                + places(
                    "outage",
                    port,
                    "/failing",
                    "circuitBreaker: {minimumCalls: 2, failurePercent: 100, window: 60s}")
                + places(
                    "nearby", port, "/failing", "retry: {reasons: [\"503\"], budgetPercent: 100}")
                + """
                apiVersion: tollgate.dev/v1alpha1
                kind: ApiRoute
                metadata: {name: tiers}
                spec:
                  match: {path: /tiers}
                  backends:
                    - {name: gold, url: "http://127.0.0.1:%1$d/public/gold", when: {tenantLabels: {tier: gold}}}
                    - {name: all, url: "http://127.0.0.1:%1$d/public/all", weight: 0}
                  cache: {for: 60s}
                ---
                """
                    .formatted(port)
                + route("cached", port, "cache: {for: 60s}")
                + route(
                    "flaky", port, "retry: {attempts: 2, reasons: [\"503\"], budgetPercent: 20}")
                + slow(
                    "patient",
                    port,
                    "timeouts: {request: 5s}",
                    "retry: {reasons: [Timeout], timeout: 300ms}")
                + slow("silent", port, "timeouts: {idle: 300ms}", "retry: {reasons: [Timeout]}")
                + slow(
                    "hasty",
                    port,
                    "circuitBreaker: {minimumCalls: 1, failurePercent: 100, window: 60s}",
                    "retry: {reasons: [Reset], timeout: 300ms}")
                + route(
                    "posts",
                    port,
                    """
                    retry: {attempts: 1, reasons: [ConnectFailure, "503"]}
                    timeouts: {request: 2s}
                    """),
            Map.of());
  }

  /** A route whose first backend is for anyone or one version, and whose second is for another. */
  private static String versions(String name, int port, String path, String version, String more) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ApiRoute
    metadata: {name: %1$s}
    spec:
      match: {path: /%1$s}
      backends:
        - {name: one, url: "http://127.0.0.1:%2$d%3$s"%4$s}
        - {name: two, url: "http://127.0.0.1:%2$d/two", when: {version: "2"}}
      %5$s
    ---
    """
        .formatted(
            name,
            port,
            path,
            version.equals("other") ? "" : ", when: {version: " + version + "}",
            more);
  }

  /** A route with three backends in one region, of which one is drained, and one in another. */
  private static String places(String name, int port, String eu, String more) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ApiRoute
    metadata: {name: %1$s}
    spec:
      match: {path: /%1$s}
      backends:
        - {name: eu-1, url: "http://127.0.0.1:%2$d%3$s", region: eu, version: "1"}
        - {name: eu-2, url: "http://127.0.0.1:%2$d/eu-2", region: eu, version: "2"}
        - {name: eu-3, url: "http://127.0.0.1:%2$d/eu-3", region: eu, version: "3", weight: 0}
        - {name: us, url: "http://127.0.0.1:%2$d/us", region: us, version: "2", weight: 1000}
      %4$s
    ---
    """
        .formatted(name, port, eu, more);
  }

  /** A route whose first backend takes a second to answer, and whose second none. */
  private static String slow(String name, int port, String times, String retry) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ApiRoute
    metadata: {name: %1$s}
    spec:
      match: {path: /%1$s}
      backends:
        - {name: one, url: "http://127.0.0.1:%2$d/sleep"}
        - {name: two, url: "http://127.0.0.1:%2$d/quick", weight: 0}
      %3$s
      %4$s
    ---
    """
        .formatted(name, port, times, retry);
  }

  private void answer(HttpExchange exchange) throws IOException, InterruptedException {
    var path = exchange.getRequestURI().toString();
    var status = 200;
    var headers = exchange.getResponseHeaders();
    exchange.getRequestBody().readAllBytes();
    if (path.startsWith("/nap")) {
      most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      Thread.sleep(50);
      atOnce.decrementAndGet();
    } else if (path.startsWith("/sleep")) {
      Thread.sleep(1000);
    } else if (path.startsWith("/endless")) {
      exchange.sendResponseHeaders(200, 0);
      var part = new byte[1 << 16];
      while (calls.get() > 0) {
        exchange.getResponseBody().write(part);
      }
    } else if (path.startsWith("/failing")) {
      status = 503;
    } else if (path.startsWith("/private")) {
      headers.add("Cache-Control", "private");
    } else if (path.startsWith("/public")) {
      headers.add("Cache-Control", "public, max-age=60");
    } else if (path.startsWith("/vary")) {
      headers.add("Vary", "Accept-Language");
    } else if (path.startsWith("/tagged")) {
      headers.add("ETag", "\"v1\"");
      headers.add("Cache-Control", "max-age=0");
      if ("\"v1\"".equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
        exchange.sendResponseHeaders(304, -1);
        return;
      }
    } else if (path.startsWith("/stand-in")) {
      headers.add("Cache-Control", "max-age=0, stale-if-error=60");
      status = calls.get() > 1 ? 503 : 200;
    }
    var body = (path + " " + calls.get()).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.stop(0);
  }

  @Test
  void oneVersionIsNotServedWhatWasKeptOfAnother() throws Exception {
    for (var version : List.of("1", "2")) {
      var first = version(version);
      var second = version(version);
      assertThat(first.body()).startsWith(version.equals("1") ? "/one/thing" : "/two/thing");
      assertThat(second.body()).isEqualTo(first.body());
    }
    assertThat(calls).hasValue(2);
    runtime.send(
        runtime
            .request("acme", "/versions/thing")
            .header("X-Tollgate-Version", "1")
            .POST(HttpRequest.BodyPublishers.noBody()));
    assertThat(version("2").headers().firstValue("Cache-Status"))
        .hasValue("tollgate; fwd=uri-miss");
  }

  private HttpResponse<String> version(String version) throws Exception {
    return runtime.send(
        runtime.request("acme", "/versions/thing").header("X-Tollgate-Version", version));
  }

  @Test
  void aRetryGoesToTheSameBackendWhereNoOtherTakesPart() throws Exception {
    var answer = runtime.get("acme", "/halves/thing");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).startsWith("/failing/thing");
    assertThat(calls).hasValue(2);
    var other =
        runtime.send(runtime.request("acme", "/halves/thing").header("X-Tollgate-Version", "2"));
    assertThat(other.body()).startsWith("/two/thing");
  }

  @Test
  void aRequestGoesWhereItsRegionAndVersionAreServed() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(place("places", "eu", "2", "/" + i)).startsWith("/eu-2/");
      assertThat(place("places", "us", "1", "/a" + i)).matches("/(eu|us)/.*");
      assertThat(place("places", "eu", "3", "/b" + i)).matches("/eu(-2)?/.*");
    }
    assertThat(place("places", "mars", "9", "/x")).isEqualTo(place("places", "moon", "9", "/x"));
  }

  @Test
  void oneRegionIsNotServedWhatWasKeptOfAnother() throws Exception {
    assertThat(place("places", "us", "2", "/thing")).startsWith("/us/");
    assertThat(place("places", "eu", "2", "/thing")).startsWith("/eu-2/");
    assertThat(calls).hasValue(2);
  }

  @Test
  void aRegionWhoseCircuitsAreOpenIsServedElsewhere() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(place("outage", "eu", "1", "/thing")).startsWith("/failing/");
    }
    assertThat(place("outage", "eu", "1", "/thing")).startsWith("/eu-2/");
  }

  @Test
  void aRetryStaysInTheRegion() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(place("nearby", "eu", "1", "/thing")).startsWith("/eu-2/");
    }
    assertThat(calls).hasValue(20);
  }

  private String place(String route, String region, String version, String path) throws Exception {
    return runtime
        .send(
            runtime
                .request("acme", "/" + route + path)
                .header("X-Tollgate-Region", region)
                .header("X-Tollgate-Version", version))
        .body();
  }

  @Test
  void aBackendMayBeForTenantsWithALabelAlone() throws Exception {
    assertThat(runtime.get("acme", "/tiers/a").body()).isEqualTo("/public/gold/a 1");
    assertThat(runtime.get("globex", "/tiers/a").body())
        .as("though the answer is public")
        .isEqualTo("/public/all/a 2");
    assertThat(runtime.get("acme", "/tiers/a").body()).isEqualTo("/public/gold/a 1");
    assertThat(runtime.get("globex", "/tiers/a").body()).isEqualTo("/public/all/a 2");
    runtime.send(
        runtime.request("globex", "/tiers/a").POST(HttpRequest.BodyPublishers.ofString("x")));
    assertThat(runtime.get("acme", "/tiers/a").body()).isEqualTo("/public/gold/a 4");
    Files.writeString(
        manifests.resolve("tenants.yaml"),
        RunningRuntime.TENANTS.replace("tier: gold", "tier: silver"));
    await(() -> body("acme", "/tiers/a").startsWith("/public/all/a"));
  }

  private String body(String tenant, String path) {
    try {
      return runtime.get(tenant, path).body();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void readersWhoStopGiveTheirPlacesBack() throws Exception {
    List<Socket> readers = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        var socket = new Socket("localhost", runtime.port);
        readers.add(socket);
        socket
            .getOutputStream()
            .write(
                ("GET /slow/endless HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                        + runtime.key("acme")
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
      }
      await(() -> calls.get() == 4);
      assertThat(runtime.get("globex", "/slow/thing").statusCode()).isEqualTo(200);
      await(() -> metric("tollgate_requests_running").equals("0.0"));
      await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 4);
    } finally {
      calls.set(-1000);
      for (var socket : readers) {
        socket.close();
      }
    }
  }

  /** Longer than it may be idle, yet never idle. */
  @Test
  void aReaderWhoTakesHisTimeIsServed() throws Exception {
    try (var socket = new Socket("localhost", runtime.port)) {
      socket
          .getOutputStream()
          .write(
              ("GET /slow/endless HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                      + runtime.key("acme")
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      var part = new byte[1 << 20];
      for (int i = 0; i < 12; i++) {
        assertThat(socket.getInputStream().readNBytes(part, 0, part.length)).isEqualTo(part.length);
        Thread.sleep(250);
      }
    } finally {
      calls.set(-1000);
    }
  }

  /** Four connections of 50 ms each; one tenant keeps fifty requests waiting. */
  @Test
  void aTenantThatFloodsASlowBackendDoesNotSlowAnother() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> flood = new ArrayList<>();
    List<Long> floods = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 40; i++) {
      flood.add(again("acme", 15, floods));
    }
    Thread.sleep(200);
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      var began = System.nanoTime();
      assertThat(runtime.get("globex", "/plain/nap").statusCode()).isEqualTo(200);
      millis.add(millisSince(began));
    }
    flood.forEach(CompletableFuture::join);
    millis.sort(null);
    List<Long> own = floods.stream().sorted().toList();
    System.out.printf(
        "beside a flood: p50 %d ms, max %d ms; of the flood: p50 %d ms%n",
        millis.get(10), millis.getLast(), own.get(own.size() / 2));
    // in one line behind the flood they would take as long as it
    assertThat(millis.get(10) * 2).isLessThan(own.get(own.size() / 2));
    assertThat(most).hasValueLessThanOrEqualTo(4);
  }

  private CompletableFuture<HttpResponse<String>> again(
      String tenant, int times, List<Long> millis) {
    var began = System.nanoTime();
    var sent =
        runtime
            .client
            .sendAsync(
                runtime.request(tenant, "/plain/nap").build(), HttpResponse.BodyHandlers.ofString())
            .whenComplete((answer, failure) -> millis.add(millisSince(began)));
    return times == 1 ? sent : sent.thenCompose(r -> again(tenant, times - 1, millis));
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }

  @Test
  void aFullQueueIsA503ThatSaysWhenToComeAgain() {
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      all.add(
          runtime.client.sendAsync(
              runtime.request("acme", "/plain/sleep").build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    var refused = all.stream().map(CompletableFuture::join).filter(r -> r.statusCode() == 503);
    assertThat(refused)
        .isNotEmpty()
        .allMatch(r -> r.body().contains("backend-saturated"))
        .allMatch(r -> r.headers().firstValue("Retry-After").isPresent());
  }

  @Test
  void aClientThatGoesWhileItWaitsGivesItsPlaceBack() throws Exception {
    for (int i = 0; i < 10; i++) {
      try (var socket = new Socket("localhost", runtime.port)) {
        socket
            .getOutputStream()
            .write(
                ("GET /plain/sleep HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                        + runtime.key("acme")
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        Thread.sleep(20);
      }
    }
    await(() -> metric("tollgate_requests_running").equals("0.0"));
    assertThat(calls.get()).as("those in the queue never went out").isLessThanOrEqualTo(10);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 10);
  }

  private String metric(String name) {
    try {
      for (var line : runtime.metrics().split("\n")) {
        if (line.startsWith(name + " ") || line.startsWith(name + "{")) {
          return line.substring(line.lastIndexOf(' ') + 1).strip();
        }
      }
      return "";
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anAnswerIsServedFromTheCacheWithItsAge() throws Exception {
    var first = runtime.get("acme", "/cached/thing");
    var second = runtime.get("acme", "/cached/thing");
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(first.headers().firstValue("Cache-Status")).hasValue("tollgate; fwd=uri-miss");
    assertThat(second.headers().firstValue("Cache-Status")).hasValue("tollgate; hit");
    assertThat(second.headers().firstValue("Age")).isPresent();
    assertThat(calls).hasValue(1);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 2);
  }

  @Test
  void oneTenantIsNotServedWhatWasKeptForAnother() throws Exception {
    runtime.get("acme", "/cached/thing");
    runtime.get("globex", "/cached/thing");
    assertThat(calls).hasValue(2);
    runtime.get("acme", "/cached/public");
    runtime.get("globex", "/cached/public");
    assertThat(calls).as("unless the backend says that it is public").hasValue(3);
  }

  @Test
  void aPrivateAnswerIsNotKept() throws Exception {
    runtime.get("acme", "/cached/private");
    runtime.get("acme", "/cached/private");
    assertThat(calls).hasValue(2);
  }

  @Test
  void variantsAreKeptApart() throws Exception {
    for (var language : new String[] {"de", "en", "de", "en"}) {
      runtime.send(runtime.request("acme", "/cached/vary").header("Accept-Language", language));
    }
    assertThat(calls).hasValue(2);
  }

  @Test
  void aStaleAnswerIsRevalidated() throws Exception {
    var first = runtime.get("acme", "/cached/tagged");
    var second = runtime.get("acme", "/cached/tagged");
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.headers().firstValue("Cache-Status"))
        .hasValue("tollgate; hit; detail=revalidated");
    assertThat(calls).hasValue(2);
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
  void whatIsKeptEndsWithAPostToTheSameTarget() throws Exception {
    runtime.get("acme", "/cached/thing");
    runtime.send(
        runtime.request("acme", "/cached/thing").POST(HttpRequest.BodyPublishers.ofString("x")));
    runtime.get("acme", "/cached/thing");
    assertThat(calls).hasValue(3);
  }

  @Test
  void onlyIfCachedNeverAsksTheBackend() throws Exception {
    var answer =
        runtime.send(
            runtime.request("acme", "/cached/thing").header("Cache-Control", "only-if-cached"));
    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(calls).hasValue(0);
  }

  /** Ten retries are there from the start, and each five requests earn one more. */
  @Test
  void retriesAreAPartOfAllRequestsAtMost() throws Exception {
    for (int i = 0; i < 100; i++) {
      assertThat(runtime.get("acme", "/flaky/failing").statusCode()).isEqualTo(503);
    }
    assertThat(calls.get() - 100).isBetween(25, 31);
  }

  @Test
  void aTryThatTakesTooLongIsMadeAgainElsewhere() throws Exception {
    for (var route : List.of("patient", "silent")) {
      assertThat(runtime.get("acme", "/" + route + "/thing").body()).startsWith("/quick/thing");
    }
  }

  @Test
  void aTryThatTakesTooLongFailsWhereItIsNotMadeAgain() throws Exception {
    var failed = runtime.get("acme", "/hasty/thing");
    assertThat(failed.statusCode()).isEqualTo(504);
    assertThat(failed.body()).contains("backend-timeout", "did not answer within 300 ms");
    assertThat(runtime.get("acme", "/hasty/thing").body())
        .as("the circuit is open")
        .startsWith("/quick/thing");
    var post = runtime.request("acme", "/patient/thing");
    assertThat(runtime.send(post.POST(HttpRequest.BodyPublishers.ofString("x"))).statusCode())
        .isEqualTo(504);
  }

  @Test
  void aPostIsNotSentAgainAfterAnAnswer() throws Exception {
    runtime.send(
        runtime.request("acme", "/posts/failing").POST(HttpRequest.BodyPublishers.ofString("x")));
    assertThat(calls).hasValue(1);
    runtime.send(
        runtime.request("acme", "/posts/failing").PUT(HttpRequest.BodyPublishers.ofString("x")));
    assertThat(calls).hasValue(3);
  }

  /** Many clients send a request's head and its body one after the other. */
  @Test
  void aSmallBodyThatComesAfterItsHeadIsSentAgain() throws Exception {
    try (var socket = new Socket("localhost", runtime.port)) {
      put(socket, 1);
      Thread.sleep(100);
      assertThat(calls).hasValue(0);
      socket.getOutputStream().write('x');
      assertThat(firstLine(socket)).isEqualTo("HTTP/1.1 503 Service Unavailable");
    }
    assertThat(calls).hasValue(2);
  }

  @Test
  void aBodyThatDoesNotComeIsNotWaitedForBeyondTheTimeout() throws Exception {
    try (var socket = new Socket("localhost", runtime.port)) {
      put(socket, 2);
      socket.getOutputStream().write('x');
      assertThat(firstLine(socket)).startsWith("HTTP/1.1 408 ");
    }
    try (var socket = new Socket("localhost", runtime.port)) {
      put(socket, 2);
    }
    assertThat(calls).hasValue(0);
    await(() -> metric("tollgate_requests_running").equals("0.0"));
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 2);
  }

  private void put(Socket socket, int length) throws IOException {
    socket
        .getOutputStream()
        .write(
            ("PUT /posts/failing HTTP/1.1\r\nHost: a\r\nContent-Length: "
                    + length
                    + "\r\nAuthorization: Bearer "
                    + runtime.key("acme")
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
  }

  private static String firstLine(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    return new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
        .readLine();
  }

  @Test
  void metersTellOfRoutesAndNeverOfTenants() throws Exception {
    runtime.get("acme", "/plain/thing");
    await(() -> metric("tollgate_requests_seconds_count").startsWith("1"));
    assertThat(runtime.metrics())
        .contains("tollgate_backend_busy{backend=\"one\",route=\"plain\"")
        .contains("tollgate_connections")
        .doesNotContain("acme");
  }

  /** A replica that is told to end answers what it has begun. */
  @Test
  void aRequestUnderWayIsAnsweredWhenTheReplicaEnds() throws Exception {
    var sent =
        runtime.client.sendAsync(
            runtime.request("acme", "/plain/sleep").build(), HttpResponse.BodyHandlers.ofString());
    await(() -> calls.get() == 1);
    runtime.context.close();
    assertThat(sent.join().statusCode()).isEqualTo(200);
  }
}
