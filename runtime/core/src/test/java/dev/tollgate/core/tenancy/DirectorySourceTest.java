package dev.tollgate.core.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.manifest.Manifests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real folder, changed as people and programs change it. */
class DirectorySourceTest {

  @TempDir Path directory = Path.of(".");
  @TempDir Path data = Path.of(".");
  private final List<Manifests> given = new CopyOnWriteArrayList<>();
  private final List<DirectorySource> started = new ArrayList<>();

  @BeforeEach
  void onePlan() throws IOException {
    write("plans.yaml", plan("basic", "9"));
  }

  @AfterEach
  void close() {
    started.forEach(DirectorySource::close);
  }

  @Test
  void entriesThatCannotBeReadPreventNeitherTheStartNorChanges() throws Exception {
    Files.createDirectory(directory.resolve("folder.yaml"));
    Files.createSymbolicLink(directory.resolve("loop.yaml"), directory.resolve("loop.yaml"));
    Files.createSymbolicLink(directory.resolve("nothing.yaml"), directory.resolve("gone"));
    Files.write(directory.resolve("latin.yaml"), "# é".getBytes(StandardCharsets.ISO_8859_1));
    try (var large =
        Files.newByteChannel(
            directory.resolve("large.yaml"),
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.WRITE)) {
      large.position(70L << 20).write(java.nio.ByteBuffer.wrap(new byte[] {'\n'}));
    }
    var source = start();
    assertThat(last().plans()).containsOnlyKeys("basic");
    assertThat(source.errors())
        .extracting(e -> e.file() + ": " + e.message().replaceAll("[;:].*", ""))
        .containsExactly(
            "large.yaml: the file is larger than 16 MiB",
            "latin.yaml: the file is not UTF-8",
            "loop.yaml: the file cannot be read",
            "nothing.yaml: the file cannot be read");
    write("more.yaml", plan("gold", "99"));
    await(m -> m.plans().containsKey("gold"));
  }

  @Test
  void aFileThatCanNoLongerBeReadGoesOnAsItWas() throws Exception {
    start();
    Files.write(directory.resolve("plans.yaml"), new byte[] {(byte) 0xff});
    write("more.yaml", plan("gold", "99"));
    await(m -> m.plans().containsKey("gold"));
    assertThat(last().plans()).containsOnlyKeys("basic", "gold");
    close();
    start();
    assertThat(last().plans()).containsOnlyKeys("basic", "gold");
  }

  @Test
  void aFolderInsideIsSaidNotToBeRead() throws Exception {
    var source = start();
    var inner = Files.createDirectory(directory.resolve("inner"));
    Files.writeString(inner.resolve("gold.yaml"), plan("gold", "99"));
    for (int i = 0; i < 100 && source.errors().isEmpty(); i++) {
      Thread.sleep(50);
    }
    assertThat(source.errors())
        .singleElement()
        .asString()
        .isEqualTo(
            "inner: manifests in a folder inside the watched one are not read; move them up into"
                + " that one");
    Files.move(inner.resolve("gold.yaml"), directory.resolve("gold.json"));
    Files.delete(inner);
    Files.writeString(
        directory.resolve("gold.json"),
        """
        {"apiVersion": "tollgate.dev/v1alpha1", "kind": "Plan", "metadata": {"name": "gold"},
         "spec": {}}
        """);
    await(m -> m.plans().containsKey("gold"));
    assertThat(source.errors()).isEmpty();
    close();
    start();
    assertThat(last().plans()).containsOnlyKeys("basic", "gold");
  }

  @Test
  void aDirectoryThatCannotBeReadIsSaidUntilItCan() throws Exception {
    var source = start();
    var elsewhere = directory.resolveSibling("elsewhere");
    Files.move(directory, elsewhere);
    for (int i = 0; i < 100 && source.errors().isEmpty(); i++) {
      Thread.sleep(50);
    }
    assertThat(source.errors())
        .singleElement()
        .asString()
        .startsWith(directory + ": the directory cannot be read, and what was served goes on: ");
    assertThat(last().plans()).containsOnlyKeys("basic");
    Files.move(elsewhere, directory);
    for (int i = 0; i < 100 && !source.errors().isEmpty(); i++) {
      Thread.sleep(50);
    }
    assertThat(source.errors()).isEmpty();
  }

  @Test
  void noWritingOfASecretGetsItIntoTheCopyOfWhatWasGood() throws Exception {
    for (var secret :
        List.of(
            "apiVersion: v1\nkind: \"Secret\"\nmetadata: {name: a}\nstringData: {k: hunter2}\n",
            "apiVersion: v1\nkind:  Secret\nmetadata: {name: b}\nstringData: {k: hunter2}\n",
            "{\"apiVersion\": \"v1\", \"kind\":\"Secret\", \"metadata\": {\"name\": \"c\"},"
                + " \"stringData\": {\"k\": \"hunter2\"}}\n")) {
      var file = directory.resolve("s" + secret.hashCode() + ".yaml");
      Files.writeString(file, plan("p" + secret.hashCode() % 100, "1") + secret);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    // as an earlier version wrote it
    var copies = Files.createDirectory(data.resolve("last-good"));
    Files.writeString(
        copies.resolve("plans.yaml"),
        plan("basic", "9")
            + "apiVersion: v1\nkind: 'Secret'\nmetadata: {name: d}\nstringData: {k: hunter2}\n");
    Files.writeString(directory.resolve("plans.yaml"), "wrong: [");
    var source = start();
    assertThat(last().plans()).hasSize(4).containsKey("basic");
    for (var name : List.of("a", "b", "c")) {
      assertThat(source.secret(name)).isTrue();
    }
    assertThat(source.secret("d")).isFalse();
    assertThat(Files.getPosixFilePermissions(copies))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    try (var list = Files.list(copies)) {
      assertThat(list.toList())
          .hasSize(4)
          .allSatisfy(file -> {
            assertThat(Files.readString(file)).contains("\"Plan\"").doesNotContain("hunter2");
            assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
          });
    }
  }

  @Test
  void aSecretThatOthersMayReadIsNotTakenUntilItsFileIsClosed() throws Exception {
    write(
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: hunter2}\n");
    Files.setPosixFilePermissions(
        directory.resolve("secret.yaml"), PosixFilePermissions.fromString("rw-r--r--"));
    var source = start();
    assertThat(source.secret("a")).isFalse();
    assertThat(source.errors())
        .singleElement()
        .asString()
        .contains("run chmod 600 secret.yaml")
        .doesNotContain("hunter2");
    Files.setPosixFilePermissions(
        directory.resolve("secret.yaml"), PosixFilePermissions.fromString("rw-------"));
    await(m -> source.secret("a"));
    assertThat(source.errors()).isEmpty();
  }

  private DirectorySource start() {
    var source = new DirectorySource(directory, data.resolve("last-good"), Duration.ofSeconds(2));
    started.add(source);
    source.start(manifests -> {
      given.add(manifests);
      return manifests;
    });
    return source;
  }

  private Manifests last() {
    return given.getLast();
  }

  private void await(Predicate<Manifests> condition) throws InterruptedException {
    for (int i = 0; i < 400; i++) {
      if (condition.test(last())) {
        return;
      }
      Thread.sleep(25);
    }
    throw new AssertionError("not within ten seconds: " + last());
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }

  private static String plan(String name, String amount) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: Plan
    metadata: {name: %s}
    spec: {price: {amount: "%s", currency: EUR}}
    ---
    """
        .formatted(name, amount);
  }
}
