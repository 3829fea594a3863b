package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code check} and {@code apply} as people type them. */
@NullUnmarked
class ManifestCommandsTest {

  @TempDir Path home;
  private Path watched;
  private Path mine;
  private String out;
  private String err;

  @BeforeEach
  void folders() throws IOException {
    watched = Files.createDirectory(home.resolve("watched"));
    mine = Files.createDirectory(home.resolve("mine"));
    Files.writeString(watched.resolve("routes.yaml"), route("one", "/one") + route("two", "/two"));
  }

  @Test
  void applyingAFileOfTheSameNameTakesNothingAwayUnasked() throws IOException {
    Files.writeString(mine.resolve("routes.yaml"), route("two", "/two") + route("three", "/three"));
    assertThat(apply("routes.yaml")).isEqualTo(1);
    assertThat(out)
        .contains("ApiRoute/one would vanish", "--replace", "Nothing was applied.")
        .doesNotContain("ApiRoute/two");
    assertThat(watched.resolve("routes.yaml")).content().contains("name: one");
    assertThat(apply("routes.yaml", "--replace")).isZero();
    assertThat(out).contains("2 resources, nothing wrong\napplied ");
    assertThat(watched.resolve("routes.yaml")).content().doesNotContain("name: one");
    // the same under another name is no loss, and a file that has all of it is none either
    Files.writeString(
        mine.resolve("routes.yaml"),
        route("two", "/two") + route("three", "/three") + route("four", "/four"));
    assertThat(apply("routes.yaml")).isZero();
  }

  @Test
  void whatIsWrongIsToldInTheSameOrderEachTime() throws IOException {
    var tenants = new StringBuilder();
    for (var name : "hagfedcb".split("")) {
      tenants
          .append("apiVersion: tollgate.dev/v1alpha1\nkind: Tenant\nmetadata: {name: ")
          .append(name)
          .append("}\nspec: {displayName: One, plan: none}\n---\n");
    }
    Files.writeString(mine.resolve("tenants.yaml"), tenants);
    assertThat(run("check", "-f", mine.toString())).isEqualTo(1);
    assertThat(out.lines().filter(line -> line.contains("Tenant/")))
        .extracting(line -> line.substring(line.indexOf("Tenant/")))
        .isSorted()
        .hasSize(8);
  }

  @Test
  void aFileThatWouldNotBeServedIsRefused() throws IOException {
    for (var name : new String[] {"r.txt", ".r.yaml", "yaml"}) {
      Files.writeString(mine.resolve(name), route("more", "/more"));
      assertThat(apply(name)).isEqualTo(1);
      assertThat(err).contains(name + " would never be served");
      assertThat(watched.resolve(name)).doesNotExist();
    }
  }

  @Test
  void jsonIsAppliedAndFoldersInsideAreNamed() throws IOException {
    Files.writeString(
        mine.resolve("list.json"),
        """
        {"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "tollgate.dev/v1alpha1", "kind": "ApiRoute", "metadata": {"name": "json"},
         "spec": {"match": {"path": "/json"},
                  "backends": [{"name": "one", "url": "http://localhost:1"}]}}]}
        """);
    var inner = Files.createDirectory(mine.resolve("inner"));
    Files.writeString(inner.resolve("more.yaml"), route("more", "/more"));
    assertThat(run("check", "-f", mine.toString())).isZero();
    assertThat(out).contains("inner: folders inside are not read;", "1 resource, nothing wrong");
    assertThat(apply("list.json")).isZero();
    assertThat(watched.resolve("list.json")).exists();
    assertThat(out).contains("3 resources, nothing wrong");
  }

  @Test
  void whatWasWrongBeforePreventsNothing() throws IOException {
    Files.writeString(watched.resolve("broken.yaml"), "kind: [");
    Files.writeString(watched.resolve("tenant.yaml"), tenant("acme", "missing"));
    Files.writeString(mine.resolve("more.yaml"), route("more", "/more"));
    assertThat(apply("more.yaml")).isZero();
    assertThat(out)
        .contains("4 resources, nothing new is wrong", "2 problems that were there before")
        .doesNotContain("broken.yaml:", "PlanNotFound");
    Files.writeString(mine.resolve("bad.yaml"), tenant("globex", "missing"));
    assertThat(apply("bad.yaml")).isEqualTo(1);
    assertThat(out).contains("Tenant/globex: PlanNotFound", "1 problem\n").doesNotContain("acme");
    assertThat(watched.resolve("bad.yaml")).doesNotExist();
  }

  @Test
  void anotherResourceOfTheSameNameIsTheMistakeOfTheNewFile() throws IOException {
    Files.writeString(mine.resolve("aaa.yaml"), route("one", "/other"));
    assertThat(apply("aaa.yaml")).isEqualTo(1);
    assertThat(out).contains("aaa.yaml:3", "ApiRoute one is in routes.yaml too");
  }

  @Test
  void checkTellsOfEveryFileWhatIsWrongWithIt() throws IOException {
    Files.createDirectory(watched.resolve("folder.yaml"));
    Files.write(watched.resolve("latin.yaml"), "# é".getBytes(StandardCharsets.ISO_8859_1));
    Files.createSymbolicLink(watched.resolve("nothing.yaml"), watched.resolve("gone"));
    Files.writeString(watched.resolve("tenant.yaml"), tenant("acme", "missing"));
    assertThat(run("check", "-f", watched.toString())).isEqualTo(1);
    assertThat(out)
        .contains(
            "latin.yaml: the file is not UTF-8; save it as UTF-8\n",
            "nothing.yaml: the file cannot be read: it is not there, or a link to nothing",
            "tenant.yaml:3: Tenant/acme: PlanNotFound: ",
            "3 problems\n");
    assertThat(run("check", "-f", watched.resolve("latin.yaml").toString())).isEqualTo(1);
    assertThat(out).contains("latin.yaml: the file is not UTF-8; save it as UTF-8\n1 problem\n");
  }

  @Test
  void checkCompilesPrompts() throws IOException {
    Files.writeString(
        mine.resolve("prompt.yaml"),
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: chat}
        spec:
          models: [llama3]
          backends: [{name: one, provider: Ollama, url: "http://localhost:1", model: llama3}]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: PromptTemplate
        metadata: {name: sql-fixer}
        spec:
          versions:
          - {version: 4, model: llama3, messages: [{role: user, content: "{{ query | uper }}"}], variables: {type: object, properties: {query: {type: string}}}}
          - {version: 5, model: llama3, messages: [{role: user, content: "a"}], variables: {type: object, properties: {query: {type: strin}}}}
          - {version: 6, model: llama3, messages: [{role: user, content: "a"}]}
        """);
    assertThat(run("check", "-f", mine.toString())).isEqualTo(1);
    assertThat(out)
        .contains(
            "PromptTemplate/sql-fixer: TemplateInvalid: version 4: messages[0].content: ",
            "PromptTemplate/sql-fixer: TemplateInvalid: version 5: variables: at /properties/query/type: ",
            "2 problems\n");
    assertThat(apply("prompt.yaml")).isEqualTo(1);
    assertThat(watched.resolve("prompt.yaml")).doesNotExist();
  }

  @Test
  void aPathThatIsNotThereIsSaidInWords() {
    assertThat(run("check", "-f", "/nonexist")).isEqualTo(1);
    assertThat(err)
        .isEqualTo("tollgate: /nonexist is not there; name a file or a directory of manifests\n");
    assertThat(run("apply", "-f", watched.toString(), "--to", "/nonexist")).isEqualTo(1);
    assertThat(err)
        .isEqualTo("tollgate: /nonexist is not a directory; name the watched one with --to\n");
    assertThat(run("up", "/nonexist", "--data", home.resolve("routes").toString())).isEqualTo(1);
    assertThat(err).contains("/nonexist is not a directory; name one that holds your manifests");
    assertThat(run("up", watched.toString(), "--data", watched + "/routes.yaml")).isEqualTo(1);
    assertThat(err).contains(watched + "/routes.yaml is there already, and not a directory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ai-gateway", "api-aggregator", "production", "quickstart"})
  void nothingIsWrongWithASample(String sample) throws IOException {
    try (var samples = Files.list(Path.of("../../samples"))) {
      assertThat(samples).as("each is in this test").hasSize(4);
    }
    assertThat(run("check", "-f", "../../samples/" + sample)).as(out).isZero();
  }

  private int apply(String file, String... more) {
    var arguments = new String[5 + more.length];
    System.arraycopy(
        new String[] {"apply", "-f", mine.resolve(file).toString(), "--to", watched.toString()},
        0,
        arguments,
        0,
        5);
    System.arraycopy(more, 0, arguments, 5, more.length);
    return run(arguments);
  }

  private int run(String... arguments) {
    var line = Tollgate.line();
    var printed = new StringWriter();
    var errors = new StringWriter();
    line.setOut(new PrintWriter(printed));
    line.setErr(new PrintWriter(errors));
    var code = line.execute(arguments);
    out = printed.toString();
    err = errors.toString();
    return code;
  }

  private static String route(String name, String path) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ApiRoute
    metadata: {name: %s}
    spec: {match: {path: %s}, backends: [{name: b, url: "http://backend.example"}]}
    ---
    """
        .formatted(name, path);
  }

  private static String tenant(String name, String plan) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: Tenant
    metadata: {name: %s}
    spec: {plan: %s}
    """
        .formatted(name, plan);
  }
}
