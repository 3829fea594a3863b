package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tollgate.core.FreePort;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands of the README and of the pages that have blocks marked {@code sh tour}, on a
 * runtime that the launcher started, and compares what they print with what the page shows: the
 * block of {@code text} or {@code json} that follows. There, {@code …} stands for anything within a
 * line, and alone on a line for any lines.
 */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TourTest {

  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Pattern FENCE =
      Pattern.compile("^```(.*)\n((?s:.*?))^```$", Pattern.MULTILINE);

  private static final Pattern HEADING = Pattern.compile("^##+ (.*)$", Pattern.MULTILINE);

  /** The runtime that all pages are toured on. */
  private static final String UP = "./tollgate up";

  /** Commands that no block of the tour can run: the first is what runs this test. */
  private static final Set<String> NOT_RUN = Set.of("./tollgate test");

  /** Section of the README that needs a model. */
  private static final String MODEL = "Sell a model";

  /** Commands for a cluster that only look; all others must be in the end-to-end tests. */
  private static final Set<String> LOOKS =
      Set.of("kubectl -n tollgate get tenants,apiroutes,gatewaypools");

  private Path home;
  private int port;
  private int backend;
  private int management;
  private Process runtime;

  /** The model that the tour sells; null where there is none, and its section is left out. */
  private OllamaServer ollama;

  /** Lines that are run together, and what they print. */
  private record Block(String section, String place, String commands, String prints) {
    boolean needsCluster() {
      return commands.lines().anyMatch(l -> l.startsWith("helm ") || l.startsWith("kubectl "));
    }
  }

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    home = folder;
    for (var tool : List.of("bash", "curl", "jq", "awk")) {
      var found =
          Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
              .anyMatch(on -> Files.isExecutable(Path.of(on, tool)));
      if (!found && "true".equals(System.getenv("CI"))) {
        fail("the tour's commands need " + tool + ", which is not on the PATH");
      }
      assumeTrue(found, "the tour is left out: its commands need " + tool);
    }
    port = FreePort.find();
    management = FreePort.find();
    backend = FreePort.find();
    freshClone();
    if (OllamaServer.isThere() || "true".equals(System.getenv("CI"))) {
      ollama = OllamaServer.start(Files.createDirectory(home.resolve("ollama")));
      var _ = ollama.post("/api/copy", "{\"source\":\"gemma\",\"destination\":\"gemma3:270m\"}");
    } else {
      System.out.println(
          "Left out: " + MODEL + " in the README's tour; e2e-tests/model/build.sh makes a model");
    }
    var log = home.resolve("up.log");
    runtime = process(UP.split(" ", -1)).redirectOutput(log.toFile()).start();
    for (int i = 0; i < 600 && !Files.readString(log).contains("Manifests are followed"); i++) {
      assertThat(runtime.isAlive()).as("%s", Files.readString(log)).isTrue();
      Thread.sleep(100);
    }
    assertThat(log).content().contains("Tollgate is up").contains("tg_live_");
  }

  @AfterAll
  void stop() throws InterruptedException {
    if (ollama != null) {
      ollama.close();
    }
    if (runtime != null) {
      runtime.destroy();
      if (!runtime.waitFor(20, TimeUnit.SECONDS)) {
        runtime.destroyForcibly();
      }
    }
  }

  @Test
  @Order(1)
  void readme() throws Exception {
    var blocks = blocks("README.md", "sh");
    assertThat(blocks).extracting(Block::commands).contains(UP);
    assertThat(blocks).extracting(Block::section).contains(MODEL);
    tour(blocks.stream().filter(b -> ollama != null || !b.section().equals(MODEL)).toList());
  }

  @Test
  @Order(2)
  void access() throws Exception {
    tour(blocks("docs/access.md", "sh tour"));
  }

  @Test
  void commandsForAClusterAreThoseOfTheEndToEndTests() throws Exception {
    var endToEnd =
        Files.readString(ROOT.resolve("e2e-tests/run.sh"))
            .replace("$NS", "tollgate")
            .replaceAll("\\bk (?=[a-z])", "kubectl -n tollgate ");
    for (var block : blocks("README.md", "sh")) {
      if (block.needsCluster()) {
        block
            .commands()
            .lines()
            .filter(command -> !LOOKS.contains(command))
            .forEach(command -> assertThat(endToEnd).as(block.place()).contains(command));
      }
    }
  }

  /** What a fresh clone has after the build: the launcher, the samples, and the program. */
  private void freshClone() throws IOException {
    Files.copy(ROOT.resolve("tollgate"), home.resolve("tollgate"));
    var samples = Files.createDirectories(home.resolve("samples/quickstart"));
    try (var files = Files.list(ROOT.resolve("samples/quickstart"))) {
      for (var file : files.toList()) {
        Files.copy(file, samples.resolve(file.getFileName()));
      }
    }
    Files.createDirectory(home.resolve("crds"));
    Files.createFile(home.resolve("pom.xml"));
    var target = Files.createDirectories(home.resolve("runtime/app/target"));
    Files.copy(ROOT.resolve("runtime/app/jvm.options"), home.resolve("runtime/app/jvm.options"));
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "dev.tollgate.app.Tollgate");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty() && !entry.endsWith("test-classes"))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    var jar = target.resolve("tollgate-app.jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    // newer than everything else, or the launcher would build
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(60)));
    // empty, so that the launcher does not spend seconds on the start-up cache; the JVM ignores it
    var cache = Files.createFile(target.resolve("tollgate.aot"));
    Files.setLastModifiedTime(cache, FileTime.from(Instant.now().plusSeconds(120)));
  }

  private static List<Block> blocks(String page, String info) throws IOException {
    var text = Files.readString(ROOT.resolve(page));
    List<Block> blocks = new ArrayList<>();
    var fence = FENCE.matcher(text);
    while (fence.find()) {
      var body = fence.group(2).stripTrailing();
      if (fence.group(1).equals(info)) {
        var line = text.substring(0, fence.start()).lines().count() + 1;
        blocks.add(new Block(section(text, fence.start()), page + ":" + line, body, ""));
      } else if (Set.of("text", "json").contains(fence.group(1)) && !blocks.isEmpty()) {
        var last = blocks.removeLast();
        assertThat(last.prints()).as("%s prints two blocks", last.place()).isEmpty();
        blocks.add(new Block(last.section(), last.place(), last.commands(), body));
      }
    }
    assertThat(blocks).as("blocks of %s in %s", info, page).isNotEmpty();
    return blocks;
  }

  /** The heading that a place of a page is under. */
  private static String section(String text, int at) {
    var section = "";
    var heading = HEADING.matcher(text).region(0, at);
    while (heading.find()) {
      section = heading.group(1);
    }
    return section;
  }

  /** Runs the blocks in one shell, in order, each up to its first failure. */
  private void tour(List<Block> all) throws Exception {
    var blocks =
        all.stream()
            .filter(b -> !b.commands().equals(UP) && !NOT_RUN.contains(b.commands()))
            .filter(b -> !b.needsCluster())
            .toList();
    var end = "end of block of the tour";
    var script = new StringBuilder("set -e -o pipefail\n");
    for (var block : blocks) {
      script.append(here(block.commands())).append("\nprintf '\\n%s\\n' '" + end + "'\n");
    }
    var file = Files.createTempFile(home, "tour", ".sh");
    Files.writeString(file, script);
    var output = Files.createTempFile(home, "tour", ".out");
    var shell = process("bash", file.toString()).redirectOutput(output.toFile()).start();
    if (!shell.waitFor(180, TimeUnit.SECONDS)) {
      shell.descendants().forEach(ProcessHandle::destroy);
      shell.destroyForcibly();
    }
    var printed = Files.readString(output).replace("\r", "").split("\n" + end + "\n", -1);
    for (int i = 0; i < blocks.size(); i++) {
      var block = blocks.get(i);
      assertThat(printed.length)
          .as("%s did not succeed:%n%s%n%s", block.place(), block.commands(), printed[i])
          .isGreaterThan(i + 1);
      if (!block.prints().isEmpty()) {
        assertThat(printed[i].strip() + "\n")
            .as("what %s prints", block.place())
            .matches(pattern(here(block.prints())));
      }
    }
    assertThat(shell.exitValue()).isZero();
  }

  private String here(String text) {
    var here = text.replace("localhost:8080", "localhost:" + port).replace("9000", "" + backend);
    return ollama == null ? here : here.replace("localhost:11434", "127.0.0.1:" + ollama.port());
  }

  private static Pattern pattern(String shown) {
    return Pattern.compile(
        shown
            .lines()
            .map(line ->
                line.equals("…")
                    ? "(?:.*\n)*?"
                    : Stream.of(line.split("…", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*", "", "\n")))
            .collect(Collectors.joining()));
  }

  private ProcessBuilder process(String... command) {
    var builder = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true);
    var jdk = System.getProperty("java.home");
    var environment = builder.environment();
    environment.put("JAVA_HOME", jdk);
    environment.put("PATH", jdk + "/bin" + File.pathSeparator + environment.get("PATH"));
    environment.put("TOLLGATE_HTTP_PORT", "" + port);
    environment.put("TOLLGATE_MANAGEMENT_PORT", "" + management);
    environment.keySet().removeAll(Set.of("TOLLGATE_DATA", "LLM_URL", "LLM_MODEL", "LLM_KEY"));
    return builder;
  }
}
