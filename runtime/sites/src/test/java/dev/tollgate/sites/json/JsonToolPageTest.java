package dev.tollgate.sites.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import jakarta.inject.Inject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs each command of docs/json-tool.md and compares the answers that the page shows. */
@MicronautTest(transactional = false)
class JsonToolPageTest {
  private static final Pattern BLOCK =
      Pattern.compile("```(sh|json)\n(.*?)```", Pattern.DOTALL | Pattern.MULTILINE);

  @Inject EmbeddedServer server;
  @TempDir Path folder;

  @Test
  void everyCommandWorksAndGivesWhatThePageShows() throws Exception {
    for (var tool : List.of("bash", "curl")) {
      if (!onPath(tool) && "true".equals(System.getenv("CI"))) {
        fail("the page's commands need " + tool + ", which is not on the PATH");
      }
      assumeTrue(onPath(tool), "the page is left out: its commands need " + tool);
    }
    Files.writeString(folder.resolve("large.json"), "[" + "1,".repeat(500_000) + "1]");
    var page = BLOCK.matcher(Files.readString(Path.of("../../docs/json-tool.md")));
    String lastAnswer = "";
    int commands = 0;
    while (page.find()) {
      if (page.group(1).equals("sh")) {
        lastAnswer = run(page.group(2));
        commands++;
      } else if (!page.group(2).contains("feature-not-in-plan")) {
        assertThat(lastAnswer)
            .satisfiesAnyOf(
                answer -> assertThat(answer).isEqualTo(page.group(2).strip()),
                answer -> assertThat(answer).startsWith("{\"operations\":[{\"kind\":"));
      }
    }

    assertThat(commands).isEqualTo(6);
    assertThat(folder.resolve("readable.json")).content().startsWith("[\n  1,\n");
  }

  private String run(String command) throws IOException, InterruptedException {
    String local =
        command
            .replace("localhost:8080", "localhost:" + server.getPort())
            .replace("curl ", "curl -sS ");
    var builder = new ProcessBuilder("bash", "-ec", local).directory(folder.toFile());
    builder.environment().put("KEY", "key");
    var process = builder.redirectErrorStream(true).start();
    String answer = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", local, answer).isZero();
    return answer;
  }

  private static boolean onPath(String program) {
    return List.of(System.getenv("PATH").split(File.pathSeparator, -1)).stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
