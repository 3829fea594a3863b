package dev.tollgate.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Copies manifests into the watched directory, after checking them with what is there. */
@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    description =
        "Checks manifests together with those in the watched directory, then copies them there.")
public final class ApplyCommand implements Callable<Integer> {

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "PATH",
      description = "A file or a directory.")
  Path path = Path.of(".");

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description = "The watched directory (default: ${DEFAULT-VALUE}).",
      defaultValue = "samples/quickstart")
  Path directory = Path.of("samples/quickstart");

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    var added = CheckCommand.read(path);
    var together = CheckCommand.read(directory);
    together.putAll(added);
    if (!CheckCommand.check(together, out)) {
      out.println("Nothing was applied.");
      out.flush();
      return 1;
    }
    for (var file : added.entrySet()) {
      var temporary = directory.resolve("." + file.getKey() + ".tmp");
      write(
          temporary,
          file.getValue().text(),
          Files.isDirectory(path) ? path.resolve(file.getKey()) : path);
      Files.move(
          temporary,
          directory.resolve(file.getKey()),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
      out.println("applied " + directory.resolve(file.getKey()));
    }
    out.flush();
    return 0;
  }

  /** Writes what only those can read who can read the source: a Secret is for its owner alone. */
  private static void write(Path file, String text, Path source) throws IOException {
    Files.deleteIfExists(file);
    if (Files.getFileAttributeView(source, PosixFileAttributeView.class) == null) {
      Files.writeString(file, text);
      return;
    }
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(source));
  }
}
