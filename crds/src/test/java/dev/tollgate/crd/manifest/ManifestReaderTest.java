package dev.tollgate.crd.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tollgate.crd.plan.Meter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestReaderTest {
  private static final String PLAN =
      "apiVersion: tollgate.dev/v1alpha1\nkind: Plan\nmetadata: {name: %s}\nspec: {}\n";
  private static final String SECRET =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n";

  @TempDir Path folder = Path.of(".");

  @Test
  void readsYamlAndJsonOfTheFolderOnly() throws IOException {
    Files.writeString(folder.resolve("a.yaml"), PLAN.formatted("a"));
    Files.writeString(folder.resolve("b.yml"), PLAN.formatted("b"));
    Files.writeString(
        folder.resolve("c.json"),
        """
        {
        \t"apiVersion":"tollgate.dev/v1alpha1",
        \t"kind":\t"Plan",
        \t"metadata": {
        \t\t"name": "c"
        \t},
        \t"spec": {"displayName": "a\\/b \\ud83d\\ude00"}
        }
        """);
    Files.writeString(folder.resolve("c.txt"), "not yaml: [");
    Files.writeString(folder.resolve(".hidden.yaml"), "not yaml: [");
    Files.createDirectory(folder.resolve("inner.yaml"));
    ManifestReader.Read read = ManifestReader.readDirectory(folder);
    assertThat(read.errors()).isEmpty();
    assertThat(read.manifests().plans()).containsOnlyKeys("a", "b", "c");
    assertThat(read.manifests().plans())
        .hasEntrySatisfying(
            "c", plan -> assertThat(plan.getSpec().displayName()).isEqualTo("a/b \ud83d\ude00"));
  }

  @Test
  void foldersWithManifestsAreNamed() throws IOException {
    Files.createDirectories(folder.resolve("with/deeper"));
    Files.writeString(folder.resolve("with/deeper/a.json"), "{}");
    Files.createDirectories(folder.resolve("without"));
    Files.writeString(folder.resolve("without/a.txt"), "");
    Files.createDirectories(folder.resolve(".hidden"));
    Files.writeString(folder.resolve(".hidden/a.yaml"), "");
    assertThat(ManifestFile.passedOver(folder)).containsExactly("with");
  }

  @Test
  void theItemsOfAListAreReadAsIfEachWereADocument() {
    String item = PLAN.replace("\n", "\n  ").strip();
    String yaml =
        "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: \"\"}\nitems:\n"
            + ("- " + item.formatted("a") + "\n")
            + ("- " + item.formatted("b").replace("{}", "{modls: []}") + "\n")
            + ("- " + item.formatted("a") + "\n")
            + ("---\n" + PLAN.formatted("c"));
    ManifestReader.Read read = ManifestReader.read(Map.of("f.yaml", yaml));
    assertThat(read.manifests().plans()).containsOnlyKeys("a", "c");
    assertThat(read.errors())
        .containsExactly(
            new FileError(
                "f.yaml",
                2,
                12,
                "items[1].spec.modls",
                "there is no field modls; did you mean models?"),
            new FileError(
                "f.yaml",
                3,
                15,
                "metadata.name",
                "Plan a is in this file too, in line 7, and that one is used; remove one of"
                    + " them"));
  }

  @Test
  void aListWithoutItemsIsAnError() {
    ManifestReader.Read read =
        ManifestReader.read(Map.of("f.yaml", "apiVersion: v1\nkind: List\nitem: []\n"));
    assertThat(read.errors())
        .extracting(FileError::message)
        .containsExactly(
            "there is no field item; did you mean items?",
            "a List has its resources here; write items: [] at least");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spec: {a: b | 2 | column 1: what opened in line 1 with a bracket is not closed",
        "kind: [ | 2 | a value is missing, or a bracket above is not closed",
        "spec: a: b | 1 | column 8: a second \": \" in one line",
        "spec: @a | 1 | column 7: no value may begin with this character; put the value in quotes",
        "spec: \"a | 2 | column 1: a quote that opened in line 1 is not closed; close it",
        "spec:\\n\\ta: b | 2 | column 1: a tab stands where YAML takes only spaces; write spaces",
        "spec:\\n  a: b\\n c: d | 3 | column 2: the line does not begin in the column of those",
        "spec:\\nb\\nc: d | 3 | a key without a colon, in line 2",
        "spec: *a | 1 | column 7: a value that begins with * stands for an anchor",
        "spec: \"\\q\" | 1 | an escape that does not exist",
        "spec:\\n  a: b\\a | 2 | a control character; remove it"
      })
  void whatIsNoYamlIsSaidInWords(String yaml, int line, String words) {
    String text = yaml.replace("\\n", "\n").replace("\\t", "\t").replace("\\a", "\007") + "\n";
    ManifestReader.Read read = ManifestReader.read(Map.of("f.yaml", text));
    assertThat(read.errors())
        .singleElement()
        .satisfies(error -> {
          assertThat(error.message()).startsWith("this is not YAML").contains(words);
          assertThat(error.line()).isEqualTo(line);
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{displayName: no} | 4 | spec.displayName | yes, no, on, off, y and n mean true and false",
        "{displayName: 010} | 4 | spec.displayName | not a whole number; put it in quotes",
        "{displayName: .inf} | 4 | spec.displayName | without bounds",
        "{displayName: !!int yes} | 4 | spec.displayName | not what its tag (!!) says",
        "{y: 1} | 4 | spec | without quotes, y means true in YAML; put it in quotes",
        "{a: 1, a: 2} | 4 | spec.a | the field is there twice; keep one",
        "{a: &x {b: 1}, c: {b: 2, <<: *x}} | 4 | spec.c | write << before all other fields",
        "{a: {<<: 1}} | 4 | spec.a | << takes a set of fields",
        "{}\\n--- {a: b} | 5 | '' | nothing but a comment may follow --- in its line",
        "{}\\n...\\nc: d | 6 | '' | the document ends above",
      })
  void whatKubectlReadsOtherwiseIsSaid(String spec, int line, String path, String words) {
    String text = PLAN.formatted("a").replace("{}", spec.replace("\\n", "\n"));
    ManifestReader.Read read = ManifestReader.read(Map.of("f.yaml", text));
    assertThat(read.errors())
        .singleElement()
        .satisfies(error -> {
          assertThat(error.message()).contains(words);
          assertThat(error.path()).isEqualTo(path);
          assertThat(error.line()).isEqualTo(line);
        });
  }

  @Test
  void fieldsAreBroughtInByMergeKeys() {
    String yaml =
        PLAN.formatted("a").replace("{}", "\n  meters:\n")
            + "  - &all {name: requests, included: 1_000, alertPercents: [010]}\n"
            + "  - {<<: *all, name: tokens, included: 1e3}\n";
    ManifestReader.Read read = ManifestReader.read(Map.of("f.yaml", yaml));
    assertThat(read.errors()).isEmpty();
    assertThat(read.manifests().plans().values())
        .flatExtracting(plan -> plan.getSpec().meters())
        .extracting(Meter::name, Meter::included, Meter::alertPercents)
        .containsExactly(tuple("requests", 1000L, List.of(8)), tuple("tokens", 1000L, List.of(8)));
  }

  @Test
  void whatIsTooLargeIsSaidWithItsSizeAndItsFirstLine() {
    String large = PLAN.formatted("b") + "# " + "x".repeat(4_000_000) + "\n";
    String many = PLAN.formatted("c").replace("{}", "[" + "1,".repeat(100_000) + "]");
    ManifestReader.Read read =
        ManifestReader.read(
            Map.of("f.yaml", PLAN.formatted("a") + "---\n" + large + "---\n" + many));
    assertThat(read.errors())
        .extracting(FileError::line, FileError::message)
        .satisfiesExactly(
            error ->
                assertThat(error)
                    .isEqualTo(
                        tuple(
                            5,
                            "this has 4,000,078 characters, and 4,000,000 are the most; make"
                                + " several documents of it, with --- between them")),
            error -> assertThat(error.toList().toString()).contains("15, ", "100,000"));
    assertThat(read.manifests().plans()).containsOnlyKeys("a");
  }

  @Test
  void secretThatOthersMayReadIsRefusedWithoutItsValue() throws IOException {
    Path file = folder.resolve("secret.yaml");
    Files.writeString(file, SECRET);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    ManifestReader.Read read = ManifestReader.readDirectory(folder);
    assertThat(read.secrets()).isEmpty();
    assertThat(read.errors())
        .singleElement()
        .extracting(FileError::message)
        .asString()
        .contains("chmod 600")
        .doesNotContain("hunter2");
  }

  @Test
  void secretOfItsOwnerIsRead() throws IOException {
    Path file = folder.resolve("secret.yaml");
    Files.writeString(file, SECRET);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    ManifestReader.Read read = ManifestReader.readDirectory(folder);
    assertThat(read.errors()).isEmpty();
    assertThat(read.secrets()).containsOnlyKeys("s");
  }

  @Test
  void fileThatIsNotTextIsAnErrorOfItsOwn() throws IOException {
    Files.write(folder.resolve("a.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    Files.writeString(folder.resolve("b.yaml"), PLAN.formatted("b"));
    ManifestReader.Read read = ManifestReader.readDirectory(folder);
    assertThat(read.errors()).extracting(FileError::file).containsExactly("a.yaml");
    assertThat(read.manifests().plans()).containsOnlyKeys("b");
  }

  @Test
  void errorTellsDocumentAndLineInTheFile() {
    String yaml =
        PLAN.formatted("a") + "---\n" + PLAN.formatted("b").replace("{}", "\n  modls: []");
    ManifestReader.Read read = ManifestReader.read(Map.of("f.yaml", yaml));
    assertThat(read.errors())
        .containsExactly(
            new FileError(
                "f.yaml", 2, 10, "spec.modls", "there is no field modls; did you mean models?"));
    assertThat(read.manifests().plans()).containsOnlyKeys("a");
  }

  @Test
  void deepNestingIsRefusedAndHarmsNothing() {
    String deep = "a: " + "[".repeat(5000) + "]".repeat(5000) + "\n";
    ManifestReader.Read read = ManifestReader.read(Map.of("a", deep, "b", PLAN.formatted("b")));
    assertThat(read.errors()).hasSize(1);
    assertThat(read.manifests().plans()).containsOnlyKeys("b");
  }
}
