package dev.tollgate.crd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.resolve.Resolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is generated from the records is in the tree as they say. */
class GeneratedFilesTest {
  private static final Path CRDS = Path.of("../helm/tollgate-crds/templates");
  private static final Path SCHEMAS = Path.of("src/main/resources/META-INF/tollgate/schemas.json");
  private static final Path PAGES = Path.of("../docs/resources");
  private static final boolean REGENERATE = Boolean.getBoolean("regenerate");

  @Test
  void definitionsInTheChartAreThoseOfTheRecords() throws IOException {
    isAsGenerated(CRDS, GeneratedCrds.yaml());
  }

  @Test
  void schemasOnTheClassPathAreThoseOfTheDefinitions() throws IOException {
    isAsGenerated(SCHEMAS, GeneratedCrds.schemas());
  }

  @Test
  void referencePagesAreThoseOfTheRecords() throws IOException {
    isAsGenerated(PAGES, ReferencePages.markdown(GeneratedCrds.yaml().values()));
  }

  /** All that a directory holds. */
  private static void isAsGenerated(Path directory, Map<String, String> generated)
      throws IOException {
    if (REGENERATE) {
      Files.createDirectories(directory);
      for (Map.Entry<String, String> file : generated.entrySet()) {
        Files.writeString(directory.resolve(file.getKey()), file.getValue());
      }
    }
    Map<String, String> committed = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        committed.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    assertThat(committed)
        .as("run the test with -Dregenerate=true and review the difference")
        .isEqualTo(generated);
  }

  private static void isAsGenerated(Path file, String generated) throws IOException {
    if (REGENERATE) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, generated);
    }
    assertThat(file)
        .as("run the test with -Dregenerate=true and review the difference")
        .hasContent(generated);
  }

  @Test
  void examplesOnTheReferencePagesAreWithoutErrors() throws IOException {
    StringBuilder examples = new StringBuilder();
    try (Stream<Path> files = Files.list(PAGES)) {
      for (Path file : files.toList()) {
        for (String part : Files.readString(file).split("```yaml\n", -1)) {
          if (part.startsWith("apiVersion:")) {
            examples.append("---\n").append(part, 0, part.indexOf("```"));
          }
        }
      }
    }
    ManifestReader.Read read = ManifestReader.read(Map.of("pages", examples.toString()));
    assertThat(read.errors()).isEmpty();
    assertThat(read.manifests().routes()).hasSize(1);
    assertThat(Resolver.shared(read.manifests()).findings()).isEmpty();
  }
}
