package dev.tollgate.app.cli;

import dev.tollgate.core.store.PrivateFiles;
import dev.tollgate.crd.manifest.ManifestFile;
import dev.tollgate.crd.manifest.ManifestReader.Document;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
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
        "Checks manifests together with those in the watched directory, then copies them there. What"
            + " is wrong there already prevents nothing.")
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

  @Option(
      names = "--replace",
      description = "Take away what was in a file of the same name and is not in the new one.")
  boolean replace;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    var added = CheckCommand.read(path);
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          directory.toAbsolutePath() + " is not a directory; name the watched one with --to");
    }
    for (var name : added.keySet()) {
      // what the watched directory is read for
      if (!ManifestFile.isManifest(name)) {
        throw new IllegalArgumentException(
            name
                + " would never be served: files of the watched directory end with .yaml, .yml or"
                + " .json, and begin with no point; rename it");
      }
    }
    CheckCommand.tellPassedOver(path, out);
    var there = CheckCommand.read(directory);
    var done = mayBe(added, there, out);
    if (done) {
      for (var file : added.values()) {
        copy(file, out);
      }
    } else {
      out.println("Nothing was applied.");
    }
    out.flush();
    return done ? 0 : 1;
  }

  /** Whether nothing new is wrong then and nothing vanishes; says what. */
  private boolean mayBe(
      Map<String, ManifestFile> added, Map<String, ManifestFile> there, PrintWriter out) {
    var before = CheckCommand.check(there, document -> 0);
    Map<String, ManifestFile> together = new TreeMap<>(there);
    together.putAll(added);
    // of two with the same name, the new one is the mistake
    var after =
        CheckCommand.check(together, document -> added.containsKey(document.file()) ? 1 : 0);
    var errors =
        after.errors().stream()
            .filter(e -> added.containsKey(e.file()) || !before.errors().contains(e))
            .toList();
    var findings = after.findings().stream().filter(f -> !before.findings().contains(f)).toList();
    errors.forEach(out::println);
    after.show(findings).forEach(out::println);
    var wrong = errors.size() + findings.size();
    var old = after.errors().size() + after.findings().size() - wrong;
    var vanish = new TreeSet<>(keys(before.read().documents()));
    vanish.removeAll(keys(after.read().documents()));
    if (!vanish.isEmpty() && !replace) {
      out.printf(
          "%s would vanish: %s. Add %s to the new file, give it another name, or say --replace.%n",
          String.join(", ", vanish),
          vanish.size() == 1
              ? "a file of the same name has it"
              : "files of the same name have them",
          vanish.size() == 1 ? "it" : "them");
    }
    if (wrong > 0) {
      out.println(CheckCommand.many(wrong, "problem"));
    } else {
      out.printf(
          "%s, nothing %swrong%n",
          CheckCommand.many(after.resources(), "resource"), old == 0 ? "" : "new is ");
    }
    if (old > 0) {
      out.printf(
          "%s that %s there before: tollgate check -f %s%n",
          CheckCommand.many(old, "problem"), old == 1 ? "was" : "were", directory);
    }
    return wrong == 0 && (vanish.isEmpty() || replace);
  }

  private static List<String> keys(List<Document> documents) {
    return documents.stream().map(Document::key).toList();
  }

  private void copy(ManifestFile file, PrintWriter out) throws IOException {
    var temporary = directory.resolve("." + file.name() + ".tmp");
    PrivateFiles.write(temporary, file.text());
    // a Secret stays its owner's alone
    var source = Files.isDirectory(path) ? path.resolve(file.name()) : path;
    Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(source));
    Files.move(
        temporary,
        directory.resolve(file.name()),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
    out.println("applied " + directory.resolve(file.name()));
  }
}
