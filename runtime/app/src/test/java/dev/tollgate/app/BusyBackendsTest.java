package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backends with more to do than they can, readers who take their time, and those who go. */
@NullUnmarked
class BusyBackendsTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private RunningRuntime runtime;
  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final CyclicBarrier everyone = new CyclicBarrier(60);

  @BeforeEach
  void start() throws IOException {
    backend = new ApiBackendServer();
    backend.at(
        "/nap",
        (exchange, _) -> {
          most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
          Thread.sleep(50);
          atOnce.decrementAndGet();
          backend.answer(exchange, 200);
        });
    backend.at(
        "/sleep",
        (exchange, _) -> {
          Thread.sleep(1000);
          backend.answer(exchange, 200);
        });
    backend.at(
        "/endless",
        (exchange, _) -> {
          exchange.sendResponseHeaders(200, 0);
          var part = new byte[1 << 16];
          while (backend.calls.get() > 0) {
            exchange.getResponseBody().write(part);
          }
        });
    backend.at(
        "/meet",
        (exchange, _) -> {
          try {
            everyone.await(10, TimeUnit.SECONDS);
            backend.answer(exchange, 200);
          } catch (BrokenBarrierException | TimeoutException e) {
            backend.answer(exchange, 500);
          }
        });
    var routes =
        route("plain", backend.port(), "")
            + route("slow", backend.port(), "timeouts: {idle: 1s}")
            + route("wide", List.of(backend.backend("one", "")), "");
    runtime = RunningRuntime.start(data, manifests, routes, Map.of());
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  /** None waits for another's connection while it may have one of its own. */
  @Test
  void asManyAsComeAtOnceAreAtTheBackendAtOnce() {
    var calls =
        IntStream.range(0, everyone.getParties())
            .mapToObj(i ->
                runtime.client.sendAsync(
                    runtime.request("acme", "/wide/meet").build(),
                    HttpResponse.BodyHandlers.ofString()))
            .toList();
    assertThat(calls).extracting(call -> call.join().statusCode()).containsOnly(200);
  }

  @Test
  void readersWhoStopGiveTheirPlacesBack() throws Exception {
    List<Socket> readers = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        readers.add(runtime.begin("acme", "GET /slow/endless"));
      }
      await(() -> backend.calls.get() == 4);
      assertThat(runtime.get("globex", "/slow/thing").statusCode()).isEqualTo(200);
      await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
      await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 4);
    } finally {
      backend.calls.set(-1000);
      for (var socket : readers) {
        socket.close();
      }
    }
  }

  /** Longer than it may be idle, yet never idle. */
  @Test
  void aReaderWhoTakesHisTimeIsServed() throws Exception {
    try (var socket = runtime.begin("acme", "GET /slow/endless")) {
      var part = new byte[1 << 20];
      for (int i = 0; i < 12; i++) {
        assertThat(socket.getInputStream().readNBytes(part, 0, part.length)).isEqualTo(part.length);
        Thread.sleep(250);
      }
    } finally {
      backend.calls.set(-1000);
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
      try (var _ = runtime.begin("acme", "GET /plain/sleep")) {
        Thread.sleep(20);
      }
    }
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
    assertThat(backend.calls.get()).as("those in the queue never went out").isLessThanOrEqualTo(10);
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 10);
  }

  @Test
  void metersTellOfRoutesAndNeverOfTenants() throws Exception {
    runtime.get("acme", "/plain/thing");
    await(() -> runtime.metric("tollgate_requests_seconds_count").startsWith("1"));
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
    await(() -> backend.calls.get() == 1);
    runtime.context.close();
    assertThat(sent.join().statusCode()).isEqualTo(200);
  }
}
