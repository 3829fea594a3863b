package dev.tollgate.crd.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.crd.ApiServer;
import dev.tollgate.crd.GeneratedCrds;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The golden cases, sent to a real API server: api.txt says what the schema already refuses. */
class ApiServerTest {
  /** A text, true or false, a whole number, and a label. */
  private static final List<String> FIELDS =
      List.of(
          "kind: Plan; metadata: {name: a}; spec:;   displayName: %s",
          "kind: Tenant; metadata: {name: a}; spec:;   plan: p;   suspended: %s",
          "kind: ShardPool; metadata: {name: a}; spec:;   engine: Embedded;   shards: %s",
          "kind: Plan; metadata: {name: a, labels: {a: %s}}; spec: {}");

  private static final List<String> SCALARS =
      Pattern.compile(" {2,}|\n")
          .splitAsStream(
              """
              yes  no  on  off  y  N  True  tRue  "yes"  a b  5%  1:30  =  [1]  {a: 1}
              010  0o10  08  1_000  0x1f  0b11  +1  -1  1.0  1.5  1e3  1e21  .5  .inf  .nan
              1e400  9223372036854775808  2147483648  2001-01-01  '1'  "a\\tb"  %x  @x  *x
              !!str yes  !!int "3"  !!int yes  !!bool "yes"  !foo bar  ! yes  &a 3  'it''s'
              """)
          .toList();

  @TempDir static Path folder = Path.of(".");
  private static @Nullable ApiServer server;

  @BeforeAll
  static void start() throws Exception {
    server = ApiServer.start(folder);
    for (Map.Entry<String, String> crd : GeneratedCrds.yaml().entrySet()) {
      HttpResponse<String> answer =
          server()
              .send(
                  "POST",
                  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                  json(Serialization.unmarshal(crd.getValue(), JsonNode.class)));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }
    for (String crd : GeneratedCrds.yaml().keySet()) {
      server().awaitAnswer(path(crd.replace(".yaml", "")), 200);
    }
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tollgate.crd.resolve.GoldenTest#cases")
  void serverRefusesWhatIsWrittenDown(Path golden) throws Exception {
    StringBuilder actual = new StringBuilder();
    for (YamlDocument.Part part : YamlDocument.split(Files.readString(golden.resolve("in.yaml")))) {
      if (part.text().lines().allMatch(l -> l.isBlank() || l.strip().startsWith("#"))) {
        continue;
      }
      actual.append("line ").append(part.firstLine()).append(": ").append(send(part)).append('\n');
    }
    Path file = golden.resolve("api.txt");
    if (Boolean.getBoolean("regenerate")) {
      Files.writeString(file, actual);
    }
    if (String.valueOf(golden.getFileName()).startsWith("good-")) {
      assertThat(actual.toString()).doesNotContain("refused");
    }
    assertThat(file).hasContent(actual.toString());
  }

  @Test
  void poolsNeverShrinkNorChangeTheirEngine() throws Exception {
    String path = path("shardpools");
    String pool =
        "{\"apiVersion\":\"tollgate.dev/v1alpha1\",\"kind\":\"ShardPool\",\"metadata\":{\"name\":"
            + "\"p\"},\"spec\":{\"engine\":\"Managed\",\"shards\":3}}";
    assertThat(server().send("POST", path, pool).statusCode()).isEqualTo(201);
    HttpResponse<String> fewer = patch(path + "/p", "{\"spec\":{\"shards\":2}}");
    assertThat(fewer.statusCode()).isEqualTo(422);
    assertThat(fewer.body()).contains("shards may grow but never shrink");
    assertThat(patch(path + "/p", "{\"spec\":{\"engine\":\"Embedded\"}}").body())
        .contains("the engine of a pool never changes");
    assertThat(patch(path + "/p", "{\"spec\":{\"shards\":4}}").statusCode()).isEqualTo(200);
  }

  @Test
  void versionsOfAPromptNeverChangeAndLabelsMove() throws Exception {
    String path = path("prompttemplates");
    create(
        path,
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: PromptTemplate
        metadata: {name: fixer}
        spec:
          versions: [{version: 1, model: llama3, messages: [{role: user, content: one}]}]
          labels: [{name: production, version: 1}]
        """);
    String first = "{version: 1, model: llama3, messages: [{role: user, content: one}]}";
    String second = "{version: 2, model: llama3, messages: [{role: user, content: two}]}";
    assertThat(
            patch(path + "/fixer", "spec: {versions: [" + first.replace("one", "other") + "]}")
                .body())
        .contains("a version never changes; add another version");
    assertThat(
            patch(path + "/fixer", "spec: {versions: [" + first.replace("llama3", "phi3") + "]}")
                .body())
        .contains("a version never changes; add another version");
    assertThat(patch(path + "/fixer", "spec: {labels: [{name: production, version: 2}]}").body())
        .contains("a label points to a version that is there");
    assertThat(
            patch(
                    path + "/fixer",
                    "spec: {versions: ["
                        + second
                        + ", "
                        + first
                        + "], labels: [{name: production, version: 2}]}")
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void variantsOfAnExperimentKeepTheirVersionAndWeightsMove() throws Exception {
    String path = path("experiments");
    create(
        path,
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: Experiment
        metadata: {name: pax}
        spec: {prompt: fixer, variants: [{name: control, version: 1}, {name: a, version: 2}]}
        """);
    assertThat(
            patch(
                    path + "/pax",
                    "spec: {variants: [{name: control, version: 1}, {name: a, version: 3}]}")
                .body())
        .contains("a variant never changes its version");
    assertThat(patch(path + "/pax", "spec: {prompt: other}").body())
        .contains("an experiment stays with its prompt");
    assertThat(
            patch(
                    path + "/pax",
                    "spec: {variants: [{name: control, version: 1, weight: 9}, {name: a, version:"
                        + " 2}, {name: b, version: 3}]}")
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void scalarsAreReadAsKubectlReadsThem(@TempDir Path files) throws Exception {
    for (String field : FIELDS) {
      for (int i = 0; i < SCALARS.size(); i++) {
        Files.writeString(
            files.resolve("case-" + FIELDS.indexOf(field) + "-" + i + ".yaml"),
            "apiVersion: tollgate.dev/v1alpha1\n"
                + field.formatted(SCALARS.get(i)).replace("; ", "\n"));
      }
    }
    String refused =
        server().kubectl("apply", "--dry-run=server", "--validate=strict", "-f", files.toString());
    assertThat(refused).contains("case-0-0.yaml");
    for (ManifestFile file : ManifestFile.in(files).values()) {
      assertThat(!ManifestReader.parse(file).errors().isEmpty())
          .as(file.text())
          .isEqualTo(refused.contains(file.name()));
    }
  }

  private static void create(String path, String yaml) throws Exception {
    HttpResponse<String> answer =
        server().send("POST", path, json(Serialization.unmarshal(yaml, JsonNode.class)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
  }

  private static HttpResponse<String> patch(String path, String merge)
      throws IOException, InterruptedException {
    JsonNode now = Serialization.unmarshal(server().send("GET", path, "").body(), JsonNode.class);
    JsonNode change = Serialization.unmarshal(merge, JsonNode.class);
    ((com.fasterxml.jackson.databind.node.ObjectNode) now.get("spec"))
        .setAll((com.fasterxml.jackson.databind.node.ObjectNode) change.get("spec"));
    return server().send("PUT", path, json(now));
  }

  private static String send(YamlDocument.Part part) throws IOException, InterruptedException {
    JsonNode tree;
    try {
      tree = YamlDocument.parse(part).tree();
    } catch (YamlDocument.Bad bad) {
      return "refused, not YAML";
    }
    String kind = tree.path("kind").asText().toLowerCase(Locale.ROOT);
    String plural = kind.endsWith("y") ? kind.substring(0, kind.length() - 1) + "ies" : kind + "s";
    String version = tree.path("apiVersion").asText("none");
    String path =
        version.equals("v1")
            ? "/api/v1/namespaces/default/" + plural
            : "/apis/" + version + "/namespaces/default/" + plural;
    HttpResponse<String> answer =
        server().send("POST", path + "?dryRun=All&fieldValidation=Strict", json(tree));
    return answer.statusCode() < 300 ? "accepted" : "refused, " + answer.statusCode();
  }

  private static String path(String plural) {
    return "/apis/tollgate.dev/v1alpha1/namespaces/default/" + plural;
  }

  private static ApiServer server() {
    if (server == null) {
      throw new IllegalStateException("the API server was not started");
    }
    return server;
  }

  private static String json(JsonNode tree) {
    return tree.toString();
  }
}
