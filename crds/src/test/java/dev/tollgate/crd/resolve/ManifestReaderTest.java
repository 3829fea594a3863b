package dev.tollgate.crd.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestReaderTest {
  private static final String PLAN =
      "apiVersion: tollgate.dev/v1alpha1\nkind: Plan\nmetadata: {name: %s}\nspec: {}\n";
  private static final String SECRET =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n";

  @TempDir Path folder = Path.of(".");

  @Test
  void readsYamlAndYmlOfTheFolderOnly() throws IOException {
    Files.writeString(folder.resolve("a.yaml"), PLAN.formatted("a"));
    Files.writeString(folder.resolve("b.yml"), PLAN.formatted("b"));
    Files.writeString(folder.resolve("c.txt"), "not yaml: [");
    Files.writeString(folder.resolve(".hidden.yaml"), "not yaml: [");
    Files.createDirectory(folder.resolve("inner.yaml"));
    ManifestReader.Read read = ManifestReader.readDirectory(folder);
    assertThat(read.errors()).isEmpty();
    assertThat(read.manifests().plans()).containsOnlyKeys("a", "b");
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
