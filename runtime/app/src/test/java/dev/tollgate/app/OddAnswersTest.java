package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a backend may answer beside the ordinary, byte for byte. */
@NullUnmarked
class OddAnswersTest {

  private static final String ORDINARY = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

  /** By path; any other is ordinary. */
  private static final Map<String, String> ANSWERS =
      Map.of(
          "/hints",
          "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" + ORDINARY,
          "/processing",
          "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + ORDINARY,
          "/continue",
          "HTTP/1.1 100 Continue\r\n\r\n" + ORDINARY,
          "/large",
          "HTTP/1.1 200 OK\r\nX-Large: " + "a".repeat(60_000) + ORDINARY.substring(15),
          "/too-large",
          "HTTP/1.1 200 OK\r\nX-Large: " + "a".repeat(70_000) + ORDINARY.substring(15),
          "/lengths",
          "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 5\r\n\r\nhello",
          "/mail",
          "220 mail.example ESMTP\r\n\r\n",
          "/more",
          ORDINARY + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");

  @TempDir Path manifests;
  @TempDir Path data;
  private ServerSocket backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    backend = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    var _ = Thread.ofVirtual().start(this::accept);
    runtime =
        RunningRuntime.start(data, manifests, route("odd", backend.getLocalPort(), ""), Map.of());
  }

  @AfterEach
  void stop() throws IOException {
    runtime.close();
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/hints", "/processing", "/continue", "/large"})
  void theAnswerIsPassedOn(String path) throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(runtime.get("acme", "/odd" + path).body()).isEqualTo("hello");
      assertThat(runtime.get("acme", "/odd/ordinary").body()).isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/too-large", "/lengths", "/mail"})
  void whatCannotBeReadIsA502ThatSaysSo(String path) throws Exception {
    var answer = runtime.get("acme", "/odd" + path);
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.body()).contains("problems/backend-failed", "cannot be read");
    assertThat(runtime.get("acme", "/odd/ordinary").body()).isEqualTo("hello");
  }

  @Test
  void anAnswerThatNobodyAskedForReachesNobody() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(runtime.get("acme", "/odd/more").body()).isEqualTo("hello");
      Thread.sleep(20);
      assertThat(runtime.get("globex", "/odd/ordinary").body()).isEqualTo("hello");
    }
  }

  private void accept() {
    try {
      while (true) {
        var socket = backend.accept();
        var _ = Thread.ofVirtual().start(() -> answer(socket));
      }
    } catch (IOException e) {
      // closed at the end
    }
  }

  private static void answer(Socket socket) {
    try (socket;
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        var path = line.split(" ")[1];
        while (!in.readLine().isEmpty()) {
          // the headers
        }
        var answer = ANSWERS.getOrDefault(path, ORDINARY);
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // the gateway has ended it
    }
  }
}
