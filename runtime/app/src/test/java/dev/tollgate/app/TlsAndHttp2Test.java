package dev.tollgate.app;

import static dev.tollgate.app.Manifests.modelRoute;
import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tollgate.app.wiring.Certificates;
import dev.tollgate.app.wiring.Tls;
import dev.tollgate.core.FreePort;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Listeners with TLS, which certificate they serve, and HTTP/2 with TLS and without. */
@NullUnmarked
class TlsAndHttp2Test {

  @TempDir static Path certificates;
  @TempDir Path broken;
  @TempDir Path manifests;
  @TempDir Path data;
  private final Map<String, String> asked = new ConcurrentHashMap<>();
  private final AtomicInteger held = new AtomicInteger();
  private final CountDownLatch release = new CountDownLatch(1);
  private ApiBackendServer backend;
  private RunningRuntime runtime;
  private int tlsPort;

  @BeforeAll
  static void certificates() throws Exception {
    TestCertificates.make(certificates.resolve("localhost"), "EC", "localhost");
    TestCertificates.make(certificates.resolve("wild"), "RSA", "*.example.com");
    TestCertificates.make(certificates.resolve("exact"), "EC", "a.example.com");
  }

  @BeforeEach
  void start() throws Exception {
    backend = new ApiBackendServer();
    backend.at(
        "/echo",
        (exchange, body) -> {
          asked.put("forwarded", exchange.getRequestHeaders().getFirst("Forwarded"));
          exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
        });
    for (var path : List.of("/held", "/v1/chat/completions")) {
      backend.at(
          path,
          (exchange, _) -> {
            held.incrementAndGet();
            release.await();
            backend.answer(exchange, 200);
          });
    }
    backend.at(
        "/gathered",
        (exchange, body) -> {
          release.await();
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
        });
    backend.atOnce(
        "/unread",
        (exchange, _) -> {
          asked.put("unread", "");
          release.await();
          var _ = exchange.getRequestBody().readAllBytes();
          backend.answer(exchange, 200);
        });
    for (var file : List.of("tls.key", "tls.crt")) {
      Files.writeString(broken.resolve(file), "none yet");
    }
    tlsPort = FreePort.find();
    Map<String, Object> settings =
        new HashMap<>(
            Tls.settings(
                List.of(
                    certificates.resolve("localhost"),
                    broken,
                    certificates.resolve("wild"),
                    certificates.resolve("exact")),
                tlsPort));
    settings.put("tollgate.gateway.https-hostnames", "localhost,*.example.com");
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("plain", backend.port(), "") + modelRoute("model", "m", backend.port(), ""),
            settings);
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @Test
  void theCertificateOfTheNameThatIsAskedForIsServed() throws Exception {
    assertThat(served("a.example.com")).isEqualTo("CN=a.example.com");
    assertThat(served("B.example.com")).as("of another type of key").isEqualTo("CN=*.example.com");
    assertThat(served("localhost")).isEqualTo("CN=localhost");
    assertThat(served("a.b.example.com")).as("the first for others").isEqualTo("CN=localhost");
    assertThat(served(null)).isEqualTo("CN=localhost");
  }

  @Test
  void aCertificateThatCannotBeReadIsToldOfUntilItCan() throws Exception {
    assertThat(health()).contains(broken + " has no tls.key and tls.crt that can be read");
    assertThat(served("new.example.org")).isEqualTo("CN=localhost");
    TestCertificates.make(broken, "EC", "new.example.org");
    runtime.context.getBean(Certificates.class).read();
    assertThat(health()).contains("\"certificatesThatCannotBeRead\":[]");
    assertThat(served("new.example.org")).isEqualTo("CN=new.example.org");
    Files.writeString(broken.resolve("tls.key"), "nothing any more");
    runtime.context.getBean(Certificates.class).read();
    assertThat(health()).contains(broken + " has no tls.key and tls.crt that can be read");
    assertThat(served("new.example.org")).as("what was good").isEqualTo("CN=new.example.org");
  }

  @Test
  void overTlsTheClientMaySpeakHttp2() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      var answer =
          client.send(secure("/plain/echo", "hello"), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(answer.body()).isEqualTo("hello");
      assertThat(asked.get("forwarded")).contains("proto=https");
    }
  }

  @Test
  void overTlsTheClientMaySpeakHttp11() throws Exception {
    try (var client =
        HttpClient.newBuilder()
            .sslContext(trusting())
            .version(HttpClient.Version.HTTP_1_1)
            .build()) {
      var big = "y".repeat(300_000);
      var answer = client.send(secure("/plain/echo", big), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(answer.body()).isEqualTo(big);
    }
  }

  @Test
  void fiftyRequestsShareAnHttp2Connection() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      // requests that find no connection would open one each, of which the client keeps the first
      client.send(secure("/plain/echo", "first"), HttpResponse.BodyHandlers.ofString());
      var connections = gauge("tollgate.connections");
      var all =
          IntStream.range(0, 50)
              .mapToObj(i ->
                  client.sendAsync(
                      secure("/plain/gathered", "n" + i), HttpResponse.BodyHandlers.ofString()))
              .toList();
      await(() -> gauge("tollgate.requests.running") == 50);
      assertThat(gauge("tollgate.connections")).isEqualTo(connections);
      release.countDown();
      for (int i = 0; i < 50; i++) {
        assertThat(all.get(i).join().body()).isEqualTo("n" + i);
      }
    }
    await(() -> runtime.usage("acme").path("total").path("requests").asLong() == 51);
  }

  private double gauge(String name) {
    return runtime.context.getBean(MeterRegistry.class).get(name).gauge().value();
  }

  @Test
  void aRequestThatItsCallerGivesUpOnASharedConnectionGivesItsPlaceBack() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      var given = client.sendAsync(secure("/plain/held", ""), HttpResponse.BodyHandlers.ofString());
      await(() -> held.get() == 1);
      given.cancel(true);
      for (int i = 0; i < 4; i++) {
        var _ = client.sendAsync(secure("/plain/held", ""), HttpResponse.BodyHandlers.ofString());
      }
      await(() -> held.get() == 5);
      release.countDown();
      assertThat(
              client.send(secure("/plain/echo", "on"), HttpResponse.BodyHandlers.ofString()).body())
          .isEqualTo("on");
    }
  }

  @Test
  void aConnectionThatIsClosedBeforeTheAnswerOfAModelIsNoFaultOfTheServer() throws Exception {
    var said = new ListAppender<ILoggingEvent>();
    said.start();
    var logger = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    logger.addAppender(said);
    try {
      var curl =
          new ProcessBuilder(
                  "curl",
                  "-s",
                  "--http2-prior-knowledge",
                  "-H",
                  "Authorization: Bearer " + runtime.key("acme"),
                  "-d",
                  "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                  "http://localhost:" + runtime.port + "/v1/chat/completions")
              .start();
      await(() -> held.get() == 1);
      curl.destroyForcibly();
      await(() -> runtime.usage("acme").at("/total/requests").asLong() == 1);
      Thread.sleep(300); // it would be said after the call is on the bill
    } finally {
      release.countDown();
      logger.detachAppender(said);
    }
    assertThat(said.list).noneMatch(event -> event.getLevel() == Level.ERROR);
  }

  @Test
  void anUploadThatABackendDoesNotReadHoldsUpNoOtherOfItsConnection() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      var big = "z".repeat(4 << 20);
      var stuck =
          client.sendAsync(secure("/plain/unread", big), HttpResponse.BodyHandlers.ofString());
      await(() -> asked.containsKey("unread"));
      var beside =
          client.sendAsync(
              secure("/plain/echo", "y".repeat(300_000)), HttpResponse.BodyHandlers.ofString());
      assertThat(beside.get(5, TimeUnit.SECONDS).body()).hasSize(300_000);
      release.countDown();
      assertThat(stuck.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aRefusalReachesACallerWhoIsStillSending() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      for (int i = 0; i < 10; i++) {
        var answer =
            client.send(
                secure("/nowhere", "z".repeat(4 << 20)), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("problems/not-found");
      }
    }
  }

  /** In the clear HTTP/2 begins at the first byte; curl is the client that can. */
  @Test
  void inTheClearTheClientMaySpeakHttp2FromTheFirstByte() throws Exception {
    var curl =
        new ProcessBuilder(
                "curl",
                "-s",
                "--http2-prior-knowledge",
                "-w",
                " %{http_version}",
                "-H",
                "Authorization: Bearer " + runtime.key("acme"),
                "-d",
                "hello",
                "http://localhost:" + runtime.port + "/plain/echo")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("hello 2");
  }

  @Test
  void aListenerAnswersToItsHostNamesAlone() throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(trusting()).build()) {
      var other =
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + tlsPort + "/plain/echo"))
              .header("Authorization", "Bearer " + runtime.key("acme"))
              .build();
      var answer = client.send(other, HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(421);
      assertThat(answer.body()).contains("problems/misdirected", "127.0.0.1");
      assertThat(
              client
                  .send(secure("/plain/echo", "a"), HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(200);
    }
    assertThat(runtime.get("acme", "/plain/echo").statusCode()).as("without TLS").isEqualTo(200);
  }

  private HttpRequest secure(String path, String body) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + tlsPort + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + runtime.key("acme"))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  @Test
  void aKeyOfAnotherCertificateIsToldOfAndNotServed() throws Exception {
    TestCertificates.make(broken, "EC", "new.example.org");
    Files.copy(
        certificates.resolve("localhost/tls.key"),
        broken.resolve("tls.key"),
        StandardCopyOption.REPLACE_EXISTING);
    var told = broken + ": the key in tls.key is not that of the certificate in tls.crt";
    runtime.context.getBean(Certificates.class).read();
    assertThat(health()).contains(told);
    assertThat(served("new.example.org")).as("the first for others").isEqualTo("CN=localhost");
    Files.delete(broken.resolve("store.p12"));
    TestCertificates.make(broken, "EC", "new.example.org");
    runtime.context.getBean(Certificates.class).read();
    assertThat(health()).doesNotContain(told);
    assertThat(served("new.example.org")).isEqualTo("CN=new.example.org");
    Files.copy(
        certificates.resolve("exact/tls.crt"),
        broken.resolve("tls.crt"),
        StandardCopyOption.REPLACE_EXISTING);
    runtime.context.getBean(Certificates.class).read();
    assertThat(health()).contains(told);
    assertThat(served("new.example.org")).as("what was good").isEqualTo("CN=new.example.org");
    assertThat(served("a.example.com")).as("another").isEqualTo("CN=a.example.com");
  }

  private String health() throws Exception {
    return runtime
        .client
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://localhost:" + runtime.managementPort + "/health"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private String served(String name) throws Exception {
    try (var socket =
        (SSLSocket) trusting().getSocketFactory().createSocket("127.0.0.1", tlsPort)) {
      if (name != null) {
        var parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        socket.setSSLParameters(parameters);
      }
      var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return certificate.getSubjectX500Principal().getName();
    }
  }

  /** Trusts the test's own certificate. */
  private static SSLContext trusting() throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TestCertificates.Anybody()}, null);
    return context;
  }
}
