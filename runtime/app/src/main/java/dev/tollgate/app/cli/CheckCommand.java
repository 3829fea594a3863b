package dev.tollgate.app.cli;

import dev.tollgate.ai.prompt.PromptCatalog;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.manifest.FileError;
import dev.tollgate.crd.manifest.ManifestFile;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.ManifestReader.Document;
import dev.tollgate.crd.manifest.ManifestReader.Read;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Resolver;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what is wrong with manifests before they are applied. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description =
        "Checks manifests and prints what is wrong with them. Exit code 1 when anything is.")
public final class CheckCommand implements Callable<Integer> {

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "PATH",
      description = "A file or a directory; - is the standard input.")
  Path path = Path.of(".");

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    var checked = check(isInput(path) ? input() : read(path), document -> 0);
    tellPassedOver(path, out);
    checked.errors().forEach(out::println);
    checked.show(checked.findings()).forEach(out::println);
    var problems = checked.errors().size() + checked.findings().size();
    out.println(
        problems == 0
            ? many(checked.resources(), "resource") + ", nothing wrong"
            : many(problems, "problem"));
    out.flush();
    return problems == 0 ? 0 : 1;
  }

  /** Names the folders inside whose manifests are not read; they are no problem. */
  static void tellPassedOver(Path path, PrintWriter out) throws IOException {
    if (Files.isDirectory(path)) {
      for (var folder : ManifestFile.passedOver(path)) {
        out.println(
            folder + ": folders inside are not read; name this one with -f to have it read");
      }
    }
  }

  /** A number of things, as one says it. */
  static String many(long number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }

  /** What came of a check. */
  record Checked(Read read, List<Finding> findings) {

    long resources() {
      return read.manifests().all().count();
    }

    List<FileError> errors() {
      return read.errors();
    }

    /** Each with the file of its resource, and the line of the resource's name. */
    List<String> show(List<Finding> some) {
      Map<String, String> places = new HashMap<>();
      read.documents()
          .forEach(d -> places.put(d.key(), d.file() + (d.line() > 0 ? ":" + d.line() : "")));
      return some.stream()
          .map(f -> {
            var resource = f.kind() + "/" + f.name();
            var place = places.get(resource);
            return "%s%s: %s: %s (%s)"
                .formatted(
                    place == null ? "" : place + ": ", resource, f.reason(), f.message(), f.path());
          })
          .toList();
    }
  }

  private static boolean isInput(Path path) {
    return path.equals(Path.of("-"));
  }

  private static SortedMap<String, ManifestFile> input() throws IOException {
    return new TreeMap<>(Map.of("stdin", ManifestFile.from("stdin", System.in)));
  }

  /** Every file of manifests of a path, by name. */
  static SortedMap<String, ManifestFile> read(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          path.toAbsolutePath() + " is not there; name a file or a directory of manifests");
    }
    if (Files.isDirectory(path)) {
      return ManifestFile.in(path);
    }
    var source = ManifestFile.at(path);
    return new TreeMap<>(Map.of(source.name(), source));
  }

  /** Looks at all files together; of two documents with the same name, which is used. */
  static Checked check(Map<String, ManifestFile> files, ToIntFunction<Document> rank) {
    var read =
        ManifestReader.merge(files.values().stream().map(ManifestReader::parse).toList(), rank);
    var shared = Resolver.shared(read.manifests());
    List<Finding> findings = new ArrayList<>(shared.findings());
    findings.addAll(PromptCatalog.check(shared.prompts()));
    for (var tenant : new TreeMap<>(read.manifests().tenants()).values()) {
      findings.addAll(
          Resolver.tenant(shared, tenant, Placement.imagined(shared, tenant)).findings());
    }
    return new Checked(read, findings);
  }
}
