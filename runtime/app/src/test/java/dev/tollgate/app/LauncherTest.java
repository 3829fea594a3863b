package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that starts the command line, in a copy whose Java only tells how it was called. */
class LauncherTest {

  @TempDir Path home;

  @BeforeEach
  void copy() throws Exception {
    var java = home.resolve("jdk/bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(java, "#!/bin/bash\nlocale charmap\necho \"${@: -1}\"\n");
    Files.writeString(home.resolve("jdk/bin/javac"), "#!/bin/sh\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    assertThat(home.resolve("jdk/bin/javac").toFile().setExecutable(true)).isTrue();
    Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    for (var module : new String[] {"crds", "runtime/app"}) {
      Files.createDirectories(home.resolve(module));
    }
    Files.writeString(home.resolve("pom.xml"), "");
    Files.copy(Path.of("../../tollgate"), home.resolve("tollgate"));
  }

  @Test
  void namesOfFilesAreReadWithoutALocaleToo() throws Exception {
    Files.createDirectories(home.resolve("runtime/app/target"));
    Files.writeString(home.resolve("runtime/app/target/tollgate-app.jar"), "");

    assertThat(run("C", "B\u00e4cker.yaml")).isEqualTo("UTF-8\nB\u00e4cker.yaml\n");
    assertThat(run("C.UTF-8", "x")).isEqualTo("UTF-8\nx\n");
  }

  @Test
  void whoMayNotBuildIsToldSo() throws Exception {
    Files.writeString(home.resolve("runtime/app/target"), "");

    assertThat(run("C.UTF-8", "--version"))
        .contains("may not write it; run " + home + "/tollgate build as the owner first");
  }

  private String run(String locale, String argument) throws Exception {
    var builder =
        new ProcessBuilder(home.resolve("tollgate").toString(), argument).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
    builder.environment().put("LC_ALL", locale);
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return said;
  }
}
