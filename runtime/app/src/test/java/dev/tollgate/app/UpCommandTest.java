package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a runtime from starting is told in a sentence. */
class UpCommandTest {

  @TempDir Path manifests;
  @TempDir Path data;

  private String up(String... more) {
    var text = new StringWriter();
    var out = new PrintWriter(text, true);
    var words = new java.util.ArrayList<>(List.of("up", manifests.toString()));
    words.addAll(List.of("--data", data.resolve("new").toString()));
    words.addAll(List.of(more));
    var code = Tollgate.line().setOut(out).setErr(out).execute(words.toArray(String[]::new));
    assertThat(code).isEqualTo(1);
    return text.toString();
  }

  @Test
  void aPortThatIsTakenIsNamed() throws IOException {
    try (var taken = new ServerSocket(0)) {
      var port = Integer.toString(taken.getLocalPort());
      assertThat(up("--port", port, "--management-port", "0"))
          .startsWith("tollgate: port " + port + " cannot be opened")
          .endsWith("or name another with --port\n");
      assertThat(up("--port", "0", "--management-port", port))
          .startsWith("tollgate: port " + port + " cannot be opened")
          .endsWith("or name another with --management-port\n");
    }
  }

  @Test
  void aPortThatCannotBeIsNamed() {
    for (var port : new String[] {"65536", "-1"}) {
      assertThat(up("--port", port, "--management-port", "0"))
          .isEqualTo(
              "tollgate: --port is "
                  + port
                  + ", and ports are from 0 (any that is free) to 65535\n");
    }
    assertThat(up("--port", "9", "--management-port", "9")).contains("are both 9; name two");
  }

  @Test
  void aSecondProcessOnTheSameDataSaysSo() throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, "", Map.of())) {
      assertThat(runtime.get("acme", "/v1/usage").statusCode()).isEqualTo(200);
      var said = Files.createTempFile(data, "said", ".txt");
      var second =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "--sun-misc-unsafe-memory-access=allow",
                  "-XX:TieredStopAtLevel=1",
                  "-Xmx256m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Tollgate.class.getName(),
                  "up",
                  manifests.toString(),
                  "--data",
                  data.toString(),
                  "--port",
                  "0",
                  "--management-port",
                  "0")
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(second.exitValue()).isEqualTo(1);
      assertThat(said)
          .content()
          .isEqualTo(
              "tollgate: another process uses "
                  + data.resolve("usage")
                  + "; stop it, or name another\n");
    }
  }
}
