package dev.tollgate.app;

import static dev.tollgate.app.Manifests.JSON_TOOL;
import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import io.micronaut.web.router.Router;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as no client library sends them, byte by byte. */
class HostileRequestsTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final List<Headers> headers = new CopyOnWriteArrayList<>();
  private ApiBackendServer backend;
  private RunningRuntime runtime;

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
  private String host(String name, String hostname) {
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

  @ParameterizedTest
  @CsvSource({
    "api.example.com, one",
    "API.Example.com, one",
    "api.example.com., one",
    "api.example.com:8080, one",
    "b.example.com, wide",
    "c.b.example.com, wide",
    "example.com, wider",
    "example.org, any",
    "[::1]:8080, any"
  })
  void theRouteThatNamesTheHostMostCloselyAnswers(String host, String route) throws IOException {
    var request = head("GET /hosts/x HTTP/1.1").replace("Host: localhost", "Host: " + host);
    assertThat(code(raw(request))).isEqualTo(200);
    assertThat(seen).containsExactly("GET /" + route + "/x");
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  private String raw(String request) throws IOException {
    try (var socket = new Socket("localhost", runtime.port)) {
      socket.setSoTimeout(5000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (SocketTimeoutException | SocketException e) {
      return e.toString();
    }
  }

  private String head(String line, String... headers) {
    return line
        + "\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
        + runtime.key("acme")
        + "\r\n"
        + String.join("", Arrays.stream(headers).map(h -> h + "\r\n").toList())
        + "\r\n";
  }

  private static int code(String answer) {
    return answer.startsWith("HTTP/1.") ? Integer.parseInt(answer.substring(9, 12)) : -1;
  }

  private void nothingIsLeft() throws InterruptedException {
    await(() -> runtime.metric("tollgate_requests_running").equals("0.0"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/open/../admin",
        "/open/..",
        "/open/%2e%2e/admin",
        "/open/.%2E/admin",
        "/open/./x",
        "/open/..;a=b/admin",
        "/open/..%2fadmin",
        "/open/..%5cadmin"
      })
  void aPathCannotLeaveItsRoute(String path) throws IOException {
    var answer = raw(head("GET " + path + " HTTP/1.1"));
    assertThat(code(answer)).isEqualTo(400);
    assertThat(answer).contains("problems/bad-path");
    assertThat(seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/open/...", "/open/.well-known/x", "/open/a..b", "/open/a/..b?x=/../y"})
  void dotsThatAreNamesArePassedOn(String path) throws IOException {
    assertThat(code(raw(head("GET " + path + " HTTP/1.1")))).isEqualTo(200);
    assertThat(seen).containsExactly("GET " + path.substring("/open".length()));
  }

  @Test
  void whatIsNoPathIsA400() throws IOException {
    assertThat(code(raw(head("GET * HTTP/1.1")))).isEqualTo(400);
    assertThat(seen).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"/a|b, /a%7Cb", "/%zz, /%25zz", "/[, /%5B", "/a?x=%zz, /a?x=%25zz"})
  void whatBrowsersDoNotEscapeIsEscaped(String path, String onward) throws IOException {
    assertThat(code(raw(head("GET /open" + path + " HTTP/1.1")))).isEqualTo(200);
    assertThat(seen).containsExactly("GET " + onward);
  }

  /** Every path of the tenant's API, in spellings that a router may take for the same. */
  @Test
  void noSpellingOfAPathLeadsPastTheKey() throws IOException {
    var paths = new TreeSet<String>();
    runtime
        .context
        .getBean(Router.class)
        .uriRoutes()
        .filter(route -> !route.getHttpMethodName().equals("HEAD"))
        .forEach(route -> {
          var path = route.getUriMatchTemplate().toPathString().replaceAll("\\{[a-z]+}", "1");
          if (path.startsWith("/v1/")) {
            paths.add(route.getHttpMethodName() + " " + path);
          }
        });
    assertThat(paths).hasSizeGreaterThan(15);
    for (var path : paths) {
      for (var spelling : spellings(path)) {
        var answer =
            raw(
                spelling
                    + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
        assertThat(code(answer)).as("%s: %s", spelling, answer).isIn(401, 404);
      }
    }
  }

  private static List<String> spellings(String path) {
    var last = path.charAt(path.length() - 1);
    var encoded = path.substring(0, path.length() - 1) + "%%%02X".formatted((int) last);
    return List.of(
        path,
        path + "/",
        path + "//",
        path + "?a=/b",
        path + "/?a=b",
        path + ";a=b",
        path.replace(" /", " //"),
        path.replace("/v1/", "/v1//"),
        path.replace("/v1/", "//v1/"),
        path.replace("/v1/", "/V1/"),
        path.replace("/v1/", "/v%31/"),
        path.replace("/v1/", "/v1%2F"),
        encoded,
        encoded + "/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/usage/", "/v1/alerts/", "/v1/keys/", "/v1/billing/", "/v1/prompts/"})
  void aSlashAtTheEndIsTheSamePath(String path) throws IOException {
    var answer = raw(head("GET " + path + " HTTP/1.1"));
    assertThat(code(answer)).as(answer).isEqualTo(200);
    assertThat(answer).doesNotContain("tollgate.principal");
  }

  @Test
  void everyLineOfConnectionNamesHeadersThatAreNotPassedOn() throws IOException {
    var request =
        head(
            "GET /open/x HTTP/1.1",
            "Connection: X-A",
            "Connection: X-B",
            "X-A: a",
            "X-B: b",
            "X-C: c");
    assertThat(code(raw(request.replace("Connection: close\r\n", "")))).isEqualTo(-1); // stays open
    assertThat(headers)
        .singleElement()
        .satisfies(h -> {
          assertThat(h).doesNotContainKeys("X-a", "X-b");
          assertThat(h.getFirst("X-C")).isEqualTo("c");
        });
  }

  @Test
  void aCallerWhoGoesRightAfterSendingLeavesNothingBehind() throws Exception {
    for (int i = 0; i < 20; i++) {
      try (var socket = new Socket("localhost", runtime.port)) {
        socket
            .getOutputStream()
            .write(
                (head("POST /v1/tools/json/minify HTTP/1.1", "Content-Length: 3") + "[1]")
                    .getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    nothingIsLeft();
    await(() -> runtime.usage("acme").at("/total/requests").asLong() == 20);
  }

  @Test
  void exactlyOneHostAndAtMostOneAuthorization() throws IOException {
    assertThat(raw(head("GET /open/x HTTP/1.1", "Host: other"))).contains("problems/bad-host");
    assertThat(raw(head("GET /open/x HTTP/1.1").replace("Host: localhost\r\n", "")))
        .contains("problems/bad-host");
    assertThat(raw(head("GET /open/x HTTP/1.1", "Authorization: Bearer other")))
        .contains("problems/bad-authorization");
    assertThat(seen).isEmpty();
    assertThat(code(raw(head("GET /open/x HTTP/1.0").replace("Host: localhost\r\n", ""))))
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\", "a\"", "a b", "a/b", "u@a", "\u00c3\u00a9.example"})
  void aHostThatIsNoneIsA400(String host) throws IOException {
    var answer = raw(head("GET /open/x HTTP/1.1").replace("Host: localhost", "Host: " + host));
    assertThat(code(answer)).isEqualTo(400);
    assertThat(answer).contains("problems/bad-host");
    assertThat(seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/9.9", "HTTP/2.0", "HTTP/0.9"})
  void aVersionThatIsNotSpokenIsA505InOneThatIs(String version) throws IOException {
    var answer = raw(head("GET /open/x " + version));
    assertThat(answer).startsWith("HTTP/1.1 505 ").contains("problems/unknown-version");
    assertThat(seen).isEmpty();
  }

  @Test
  void aLaterHttp1IsAnsweredInHttp11() throws IOException {
    assertThat(raw(head("GET /open/x HTTP/1.7"))).startsWith("HTTP/1.1 200 ");
    assertThat(seen).containsExactly("GET /x");
  }

  /** As bytes of UTF-8, and of Latin-1. */
  @Test
  void bytesOfATargetThatAreNotAsciiAreEscapedOneByOne() throws IOException {
    var target = "/caf\u00c3\u00a9/\u00e9?a=\u00c3\u00a9";
    assertThat(code(raw(head("GET /open" + target + " HTTP/1.1")))).isEqualTo(200);
    raw(HTTP2 + request(1, "\u0082", "\u0086", path("/open" + target)));
    assertThat(seen).hasSize(2).containsOnly("GET /caf%C3%A9/%E9?a=%C3%A9");
  }

  @Test
  void framingThatTwoProgramsCouldReadInTwoWaysIsRefused() throws IOException {
    assertThat(code(raw(head("POST /open/x HTTP/1.1", "Content-Length: 4", "Content-Length: 5"))))
        .isEqualTo(400);
    assertThat(code(raw(head("POST /open/x HTTP/1.1", "Content-Length: -1")))).isEqualTo(400);
    assertThat(code(raw(head("POST /open/x HTTP/1.1", "Transfer-Encoding: gzip, chunked"))))
        .isEqualTo(501);
    assertThat(code(raw(head("POST /open/x HTTP/1.1", "Transfer-Encoding: xchunked"))))
        .isEqualTo(400);
    assertThat(code(raw(head("GET /open/x HTTP/1.1", "X-A : b")))).isEqualTo(400);
    assertThat(code(raw(head("GET /open/x HTTP/1.1", "X-A: a\0b")))).isEqualTo(400);
    assertThat(seen).isEmpty();
  }

  @Test
  void aLengthBesideChunksDoesNotSmuggleARequest() throws IOException {
    var answer =
        raw(
            head("POST /open/x HTTP/1.1", "Content-Length: 4", "Transfer-Encoding: chunked")
                + "0\r\n\r\nGET /open/smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(code(answer)).isEqualTo(400);
    assertThat(seen).isEmpty();
  }

  @Test
  void chunksThatCannotBeReadAreA400AndNeverAWholeBody() throws Exception {
    var answer =
        raw(head("POST /open/x HTTP/1.1", "Transfer-Encoding: chunked") + "3\r\nabc\r\nzz\r\nd");
    assertThat(code(answer)).isEqualTo(400);
    assertThat(answer).contains("problems/broken-body");
    Thread.sleep(200);
    assertThat(seen).as("whole requests").isEmpty();
    nothingIsLeft();
  }

  /** In HTTP/2 a value may hold what ends a line in HTTP/1.1. */
  @Test
  void aLineEndInAHeaderOfHttp2DoesNotSmuggleARequest() throws Exception {
    raw(http2("x-a", "b"));
    assertThat(seen).containsExactly("GET /x");
    raw(http2("x-a", "b\r\n\r\nGET /open/smuggled HTTP/1.1\r\nHost: b\r\n"));
    raw(http2("x-a\r\nx-b", "b"));
    assertThat(seen).containsExactly("GET /x");
    nothingIsLeft();
  }

  private static final String HTTP2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "");

  /** A connection's begin and one request. */
  private String http2(String name, String value) {
    return HTTP2 + frame(1, 5, 1, fields("\u0082", name, value));
  }

  /** Headers, neither indexed nor compressed but for the method. */
  private String fields(String method, String name, String value) {
    return method
        + "\u0086"
        + ("\4" + sized("/open/x"))
        + ("\1" + sized("localhost"))
        + ("\0" + sized("authorization") + sized("Bearer " + runtime.key("acme")))
        + ("\0" + sized(name) + sized(value));
  }

  /** One with such pseudo headers, and an end. */
  private String request(int stream, String... pseudo) {
    return frame(
        1,
        5,
        stream,
        String.join("", pseudo)
            + ("\1" + sized("localhost"))
            + ("\0" + sized("authorization") + sized("Bearer " + runtime.key("acme"))));
  }

  private static String path(String path) {
    return "\4" + sized(path);
  }

  /** The other requests of the connection are served. */
  @Test
  void aMalformedRequestOfHttp2EndsItsStreamAlone() throws Exception {
    var path = path("/open/x");
    var malformed =
        List.of(
            request(1, "\u0082", "\u0086"),
            request(3, "\u0086", path),
            request(5, "\u0082", path),
            request(7, "\u0082", "\u0086", path("")),
            request(9, "\u0082", "\u0086", path("open/x")),
            request(11, "\u0082", "\u0086", path("/open/ x")),
            request(13, "\u0082", "\u0086", path, path("/open/y")),
            request(15, "\2" + sized("G T"), "\u0086", path),
            request(17, "\u0082", "\u0086", path, "\0" + sized(":other") + sized("x")));
    var answer = new ByteArrayOutputStream();
    try (var socket = new Socket("localhost", runtime.port)) {
      socket.setSoTimeout(2000);
      var sent =
          HTTP2 + String.join("", malformed) + request(19, "\u0082", "\u0086", path("/open/z"));
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
      assertThatThrownBy(() -> socket.getInputStream().transferTo(answer))
          .as("it stays open")
          .isInstanceOf(SocketTimeoutException.class);
    }
    assertThat(seen).containsExactly("GET /z");
    for (int stream = 1; stream < 19; stream += 2) {
      assertThat(answer.toString(StandardCharsets.ISO_8859_1))
          .as("stream " + stream)
          .contains(frame(3, 0, stream, "\0\0\0\1"));
    }
    nothingIsLeft();
  }

  private static String frame(int type, int flags, int stream, String payload) {
    return "\0"
        + ((char) (payload.length() >> 8) + "" + (char) (payload.length() & 0xff))
        + ((char) type + "" + (char) flags)
        + ("\0\0" + (char) (stream >> 8) + (char) (stream & 0xff))
        + payload;
  }

  private static String sized(String text) {
    return (char) text.length() + text;
  }

  /** They are not passed on, and the body is at its end with them. */
  @Test
  void trailersOfHttp2EndARequest() throws Exception {
    raw(
        HTTP2
            + frame(1, 4, 1, fields("\u0083", "x-a", "b"))
            + frame(0, 0, 1, "abc")
            + frame(1, 5, 1, "\0" + sized("x-sum") + sized("1")));
    assertThat(seen).containsExactly("POST /x");
    nothingIsLeft();
  }

  /** Many that are given up before there is a connection leave room for those that are not. */
  @Test
  void requestsThatAreGivenUpAtOnceTakeNoConnectionsFromOthers() throws Exception {
    var resets = new StringBuilder(HTTP2);
    for (int stream = 1; stream < 300; stream += 2) {
      resets
          .append(frame(1, 5, stream, fields("\u0082", "x-a", "b")))
          .append(frame(3, 0, stream, "\0\0\0\10"));
    }
    try (var socket = new Socket("localhost", runtime.port)) {
      socket.getOutputStream().write(resets.toString().getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      await(() -> runtime.metric("tollgate_connections").equals("2.0"));
      nothingIsLeft();
      for (int i = 0; i < 8; i++) {
        assertThat(code(raw(head("GET /open/y HTTP/1.1")))).isEqualTo(200);
      }
    }
  }

  /** A connection to a backend that answered it would answer nobody else. */
  @ParameterizedTest
  @ValueSource(strings = {"CONNECT", "connect"})
  void connectIsNotPassedOn(String method) throws IOException {
    var answer = raw(head(method + " /open/x HTTP/1.1"));
    assertThat(code(answer)).isEqualTo(405);
    assertThat(answer).contains("problems/method-not-allowed").contains(method);
    assertThat(seen).isEmpty();
  }

  @Test
  void aMethodOfAnyNameIsPassedOn() throws IOException {
    assertThat(code(raw(head("PURGE /open/x HTTP/1.1")))).isEqualTo(200);
    assertThat(seen).containsExactly("PURGE /x");
  }

  /** A body that the backend broke must not look whole to the caller. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "Content-Length: 10\r\n\r\nhello"
      })
  void anAnswerThatBreaksOffIsCutOff(String rest) throws Exception {
    try (var broken = new ServerSocket(0)) {
      var _ =
          Thread.ofVirtual()
              .start(() -> {
                try (var socket = broken.accept()) {
                  var _ = socket.getInputStream().read(new byte[8192]);
                  socket
                      .getOutputStream()
                      .write(("HTTP/1.1 200 OK\r\n" + rest).getBytes(StandardCharsets.US_ASCII));
                  socket.getOutputStream().flush();
                  Thread.sleep(300);
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      Files.writeString(
          manifests.resolve("broken.yaml"), route("broken", broken.getLocalPort(), ""));
      Thread.sleep(1500);
      assertThatThrownBy(() -> runtime.get("acme", "/broken")).isInstanceOf(IOException.class);
      nothingIsLeft();
    }
  }
}
