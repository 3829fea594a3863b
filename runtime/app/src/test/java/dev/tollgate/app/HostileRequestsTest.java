package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of HTTP/1.1 as no client library sends them, byte by byte. */
class HostileRequestsTest extends RawRequests {

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
