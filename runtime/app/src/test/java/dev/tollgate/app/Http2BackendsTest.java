package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Backends that speak HTTP/2: behind TLS, with a certificate of an authority of their own, or
 * plain.
 */
@NullUnmarked
class Http2BackendsTest {

  private static final String CHAT =
      "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}";

  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  @TempDir static Path certificates;
  @TempDir Path manifests;
  @TempDir Path data;
  private Http2BackendServer backend;
  private RunningRuntime runtime;
  private int edits;

  @BeforeAll
  static void certificates() throws Exception {
    TestCertificates.make(certificates.resolve("localhost"), "EC", "localhost");
    TestCertificates.make(certificates.resolve("other"), "EC", "localhost");
  }

  @BeforeEach
  void start() throws Exception {
    backend = new Http2BackendServer(certificates.resolve("localhost"));
    authority("localhost");
    runtime = RunningRuntime.start(data, manifests, routes(256), Map.of());
  }

  private String routes(int maxPending) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ApiRoute
    metadata: {name: api}
    spec:
      match: {path: /api}
      backends:
      - {name: one, url: "https://localhost:%1$d", caSecretRef: {name: authority, key: ca.crt}, maxPending: %2$d}
    ---
    apiVersion: tollgate.dev/v1alpha1
    kind: ModelRoute
    metadata: {name: chat}
    spec:
      models: [m]
      backends:
      - {name: one, provider: OpenAI, url: "https://localhost:%1$d/v1", model: m, caSecretRef: {name: authority, key: ca.crt}}
    """
        .formatted(backend.port(), maxPending);
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  @Test
  void callsOfEveryEventLoopAreAnswered() throws Exception {
    for (int i = 0; i < 8; i++) {
      try (var client = HttpClient.newHttpClient()) { // each a connection, and so a loop
        assertThat(client.send(get("/api/"), BodyHandlers.ofString()).body()).isEqualTo("hello");
        var chat = post("/v1/chat/completions", CHAT);
        assertThat(client.send(chat, BodyHandlers.ofString()).body()).contains("hello");
      }
    }
    assertThat(backend.connections.get())
        .as("of two routes on each loop")
        .isLessThanOrEqualTo(2 * Runtime.getRuntime().availableProcessors());
  }

  @Test
  void asManyAsComeAtOnceAreAtTheBackendAtOnce() {
    backend.together = 60;
    assertThat(all(60, "/api/held")).containsOnly("held");
    assertThat(all(60, "/api/held")).as("on the connections that there are").containsOnly("held");
  }

  /** Puts a backend without TLS at {@code /plain}. */
  private void serve(Http2BackendServer plain) throws IOException {
    Files.writeString(
        manifests.resolve("plain.yaml"),
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ApiRoute
        metadata: {name: plain}
        spec:
          match: {path: /plain}
          backends: [{name: one, url: "h2c://localhost:%d"}]
        """
            .formatted(plain.port()));
  }

  @Test
  void aBackendWithoutTlsIsSpokenToFromTheFirstByte() throws Exception {
    try (var plain = Http2BackendServer.plain()) {
      serve(plain);
      await(() -> status("/plain/") == 200);
      for (int i = 0; i < 4; i++) {
        assertThat(runtime.get("acme", "/plain/").body()).isEqualTo("hello");
        assertThat(runtime.get("acme", "/plain/hints").body()).isEqualTo("hinted");
        assertThat(runtime.get("acme", "/plain/big").body()).hasSize(4 << 20);
      }
      plain.together = 60;
      assertThat(all(60, "/plain/held")).containsOnly("held");
      var before = plain.connections.get();
      assertThat(all(60, "/plain/held")).containsOnly("held");
      assertThat(plain.connections.get()).as("none that was needed no more").isEqualTo(before);
      try (var endless = open("/plain/endless")) {
        assertThat(endless.readNBytes(5)).asString().isEqualTo("more ");
      }
      await(() -> plain.endless.get() == 0);
    }
  }

  @Test
  void aFirstBurstSharesOneConnectionOfEachEventLoop() throws Exception {
    try (var plain = Http2BackendServer.plain()) {
      plain.together = 60;
      serve(plain);
      await(() -> statusWithoutKey("/plain/") == 401); // which asks no backend
      assertThat(all(60, "/plain/held")).containsOnly("held");
      var loops = new AtomicInteger();
      runtime.context.getBean(EventLoopGroup.class).forEach(loop -> loops.incrementAndGet());
      assertThat(plain.connections.get()).isLessThanOrEqualTo(loops.get());
    }
    await(() -> status("/plain/") == 502);
    assertThat(all(20, "/plain/")).as("no backend").allMatch(one -> one.contains("unreachable"));
  }

  @Test
  void aCallerWhoLeavesEndsHisStreamAlone() throws Exception {
    try (var stays = open("/api/endless")) {
      try (var leaves = open("/api/endless")) {
        assertThat(leaves.readNBytes(5)).asString().isEqualTo("more ");
        await(() -> backend.endless.get() == 2);
      }
      await(() -> backend.endless.get() == 1);
      assertThat(stays.readNBytes(500)).hasSize(500);
    }
    await(() -> backend.endless.get() == 0);
  }

  @Test
  void hintsBeforeTheAnswerAreNotTakenForIt() throws Exception {
    for (int i = 0; i < 4; i++) {
      assertThat(runtime.get("acme", "/api/hints").body()).isEqualTo("hinted");
    }
  }

  @Test
  void trailersComeFromBehindTls() throws Exception {
    try (var socket =
        runtime.begin("acme", "GET /api/trailers", "TE: trailers", "Connection: close")) {
      assertThat(socket.getInputStream().readAllBytes())
          .asString()
          .endsWith("4\r\nbody\r\n0\r\nasked: trailers\r\nfollowed: none\r\n\r\n");
    }
  }

  @Test
  void anAnswerThatIsNotReadHoldsUpNoOther() throws Exception {
    List<InputStream> unread = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        unread.add(open("/api/big"));
      }
      for (int i = 0; i < 8; i++) {
        assertThat(runtime.get("acme", "/api/big").body()).hasSize(4 << 20);
      }
    } finally {
      for (var one : unread) {
        one.close();
      }
    }
  }

  @Test
  void anotherAuthorityIsNotTrustedAndANewOneIsAtOnce() throws Exception {
    assertThat(runtime.get("acme", "/api/").statusCode()).isEqualTo(200);
    authority("other");
    await(() -> statusOfANewConnection() == 502);
    authority("localhost");
    await(() -> statusOfANewConnection() == 200);
  }

  /** A backend that is edited is given new ones. */
  private int statusOfANewConnection() {
    try {
      Files.writeString(manifests.resolve("routes.yaml"), routes(++edits));
      Thread.sleep(300); // it is served by then, or asked again
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return status("/api/");
  }

  private int status(String path) {
    try {
      return runtime.get("acme", path).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private int statusWithoutKey(String path) {
    var request = HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + path));
    try {
      return runtime.send(request).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void authority(String of) throws Exception {
    var pem = Files.readAllBytes(certificates.resolve(of).resolve("tls.crt"));
    var file = manifests.resolve("authority.yaml");
    if (Files.notExists(file)) {
      var _ = Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
    }
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: authority, labels: {tollgate.dev/use: upstream}}
        data: {ca.crt: %s}
        """
            .formatted(Base64.getEncoder().encodeToString(pem)));
  }

  private List<String> all(int count, String path) {
    var calls =
        IntStream.range(0, count)
            .mapToObj(i -> runtime.client.sendAsync(get(path), BodyHandlers.ofString()))
            .toList();
    return calls.stream().map(CompletableFuture::join).map(HttpResponse::body).toList();
  }

  private InputStream open(String path) throws Exception {
    return runtime.client.send(get(path), BodyHandlers.ofInputStream()).body();
  }

  private HttpRequest get(String path) {
    return runtime.request("acme", path).GET().build();
  }

  private HttpRequest post(String path, String body) {
    return runtime
        .request("acme", path)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }
}
