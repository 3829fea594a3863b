package dev.tollgate.app.cli;

import dev.tollgate.crd.resolve.Finding;
import dev.tollgate.crd.resolve.ManifestReader;
import dev.tollgate.crd.resolve.ManifestReader.Source;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Resolver;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
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
      description = "A file or a directory.")
  Path path = Path.of(".");

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    return check(read(path), spec.commandLine().getOut()) ? 0 : 1;
  }

  /** Every YAML file of a path, by name. */
  static SortedMap<String, Source> read(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return ManifestReader.sources(path);
    }
    var source = ManifestReader.source(path);
    return new TreeMap<>(Map.of(source.name(), source));
  }

  /** Prints what is wrong; true when nothing is. */
  static boolean check(Map<String, Source> files, PrintWriter out) {
    var read = ManifestReader.merge(files.values().stream().map(ManifestReader::parse).toList());
    var shared = Resolver.shared(read.manifests());
    List<Finding> findings = new ArrayList<>(shared.findings());
    for (var tenant : read.manifests().tenants().values()) {
      findings.addAll(
          Resolver.tenant(shared, tenant, Placement.imagined(shared, tenant)).findings());
    }
    read.errors().forEach(e -> out.println(e));
    for (var f : findings) {
      out.printf("%s/%s: %s: %s (%s)%n", f.kind(), f.name(), f.reason(), f.message(), f.path());
    }
    var problems = read.errors().size() + findings.size();
    if (problems == 0) {
      out.printf("%d resources, nothing wrong%n", read.manifests().all().count());
    } else {
      out.printf("%d problem%s%n", problems, problems == 1 ? "" : "s");
    }
    out.flush();
    return problems == 0;
  }
}
