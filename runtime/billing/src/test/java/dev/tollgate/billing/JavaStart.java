package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/**
 * Starts a main class of the tests again and again, several times as fast: what one run loaded is
 * kept in an ahead-of-time cache. Caches take jars only, so that folders of classes are packed.
 */
final class JavaStart {

  private final Class<?> main;
  private final Path directory;
  private final String classes;
  private final Path cache;

  JavaStart(Class<?> main, Path directory) throws IOException {
    this.main = main;
    this.directory = directory;
    this.cache = directory.resolve("start.aot");
    List<String> jars = new ArrayList<>();
    for (var part : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      var path = Path.of(part);
      jars.add(
          Files.isDirectory(path)
              ? packed(path, directory.resolve("classes-" + jars.size() + ".jar"))
              : part);
    }
    classes = String.join(File.pathSeparator, jars);
  }

  private static String packed(Path folder, Path jar) throws IOException {
    try (var out = new JarOutputStream(Files.newOutputStream(jar));
        var files = Files.walk(folder)) {
      for (var file : files.filter(file -> !file.equals(folder)).toList()) {
        var name = folder.relativize(file).toString().replace(File.separatorChar, '/');
        // migrations are found by their folder
        var isFolder = Files.isDirectory(file);
        out.putNextEntry(new JarEntry(isFolder ? name + "/" : name));
        if (!isFolder) {
          Files.copy(file, out);
        }
        out.closeEntry();
      }
    }
    return jar.toString();
  }

  /** Runs it once, to its end, to learn what it loads. */
  void train(List<String> arguments) throws Exception {
    var ended = process("-XX:AOTCacheOutput=" + cache, arguments).waitFor();
    assertThat(ended).as(Files.readString(directory.resolve("errors.txt"))).isZero();
  }

  Process start(List<String> arguments) throws IOException {
    return process("-XX:AOTCache=" + cache, arguments);
  }

  private Process process(String option, List<String> arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                option,
                "-Xlog:aot=off",
                "-Xlog:cds=off",
                "-cp",
                classes,
                main.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(directory.resolve("errors.txt").toFile())
        .start();
  }
}
