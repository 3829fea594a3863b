package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.tenancy.LiveServing;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line against a running runtime. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandLineTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<List<String>> LIST = new TypeReference<>() {};

  private static final String TENANT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: initech}
      spec: {plan: open, contact: ops@initech.example}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: ModelRoute
      metadata: {name: chat}
      spec:
        models: [llama3, small]
        backends: [{name: one, provider: Ollama, url: "http://localhost:1", model: "llama3:8b"}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: greeting}
      spec:
        versions:
        - {version: 1, model: llama3, messages: [{role: user, content: "Hello"}]}
        - {version: 2, model: llama3, messages: [{role: user, content: "Good day"}]}
        labels: [{name: production, version: 1}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Experiment
      metadata: {name: polite}
      spec:
        prompt: greeting
        variants: [{name: control, version: 1, weight: 90}, {name: formal, version: 2, weight: 10}]
      """;

  private RunningRuntime runtime;
  private Path data;

  @BeforeAll
  void start(@TempDir Path directory, @TempDir Path manifests) throws Exception {
    data = directory;
    runtime = RunningRuntime.start(data, manifests, TENANT, Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
  }

  /** What a command printed, on both outputs. */
  private record Said(int code, String text) {}

  private Said plain(String... words) {
    var text = new StringWriter();
    var out = new PrintWriter(text, true);
    var code = Tollgate.line().setOut(out).setErr(out).execute(words);
    return new Said(code, text.toString());
  }

  /** With the options that lead to the runtime. */
  private Said say(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(
        List.of("--data", data.toString(), "--management-port", "" + runtime.managementPort));
    return plain(all.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "up",
        "check",
        "apply",
        "get",
        "usage",
        "drain",
        "key",
        "key create",
        "key list",
        "key rotate",
        "key revoke"
      })
  void everyCommandHasHelp(String command) {
    var said = plain((command + " --help").split(" ", -1));
    assertThat(said.code()).as(said.text()).isZero();
    assertThat(said.text()).startsWith("Usage: tollgate " + command).doesNotContain("Missing");
  }

  @Test
  void aKeyIsMadeWithTheScopesAndTheEndThatAreNamed() throws Exception {
    var said =
        say(
            "key",
            "create",
            "acme",
            "--label",
            "narrow",
            "--scopes",
            "usage:read,models:use",
            "--expires",
            "2999-01-01T00:00:00Z");
    assertThat(said.code()).as(said.text()).isZero();
    assertThat(say("key", "create", "acme", "--label", "nothing", "--scopes", "").code()).isZero();
    assertThat(say("key", "create", "acme", "--label", "everything").code()).isZero();
    var scopes = new HashMap<String, List<String>>();
    for (var key : JSON.readTree(runtime.get("acme", "/v1/keys").body()).path("keys")) {
      scopes.put(key.path("label").asText(), JSON.convertValue(key.path("scopes"), LIST));
      if (key.path("label").asText().equals("narrow")) {
        assertThat(key.path("expires").asText()).isEqualTo("2999-01-01T00:00:00Z");
      }
    }
    assertThat(scopes.get("narrow")).containsExactlyInAnyOrder("usage:read", "models:use");
    assertThat(scopes.get("nothing")).isEmpty();
    assertThat(scopes.get("everything")).containsExactly("*");
  }

  @Test
  void allPagesOfKeysAreListed() {
    var ids = runtime.context.getBean(LiveServing.class).current().tenantIds();
    var tenant = Objects.requireNonNull(ids.get("globex"));
    var keys = runtime.context.getBean(KeyRing.class);
    for (int i = 0; i < 120; i++) {
      keys.revoke(tenant, keys.create(tenant, "many", Set.of(), null).key().id());
    }
    assertThat(say("key", "list", "globex").text().lines().filter(line -> line.contains("many")))
        .hasSize(120);
  }

  @Test
  void aScopeOrAnEndThatCannotBeIsToldOf() {
    var scope = say("key", "create", "acme", "--scopes", "a\"b");
    assertThat(scope.code()).isNotZero();
    assertThat(scope.text()).contains("A scope has 1 to 64 printable ASCII characters");
    var end = say("key", "create", "acme", "--expires", "tomorrow");
    assertThat(end.code()).isNotZero();
    assertThat(end.text()).contains("expires is not a time such as");
  }

  @ParameterizedTest
  @ValueSource(strings = {"my laptop", "a&label=b#c", "100%", "a+b", "日本 é", "a/b?c"})
  void aLabelArrivesAsItWasGiven(String label) throws Exception {
    var said = say("key", "create", "acme", "--label", label);
    assertThat(said.code()).as(said.text()).isZero();
    assertThat(said.text()).startsWith("tg_live_");
    assertThat(JSON.readTree(runtime.get("acme", "/v1/keys").body()).findValuesAsText("label"))
        .contains(label);
    assertThat(say("key", "list", "acme").text()).contains(label);
  }

  @Test
  void aLabelThatCannotBeIsRefused() {
    var said = say("key", "create", "acme", "--label", "\u001b[2J");
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.text()).contains("no control characters");
  }

  @Test
  void aTenantThatThereIsNotIsNamed() {
    for (var name : new String[] {"no body", "acme/keys", "a?b"}) {
      for (var command : new String[] {"key list", "key create", "usage"}) {
        List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
        words.add(name);
        var said = say(words.toArray(String[]::new));
        assertThat(said.code()).as(said.text()).isEqualTo(1);
        assertThat(said.text()).contains("No tenant named " + name + " is served.");
      }
    }
  }

  @Test
  void aKeyIsReplacedAndRevoked() {
    say("key", "create", "globex", "--label", "old");
    var id = id("globex", "old");
    assertThat(say("key", "rotate", "globex", id).text()).startsWith("tg_live_");
    assertThat(say("key", "revoke", "globex", id).text())
        .isEqualToNormalizingNewlines("revoked " + id + "\n");
    var again = say("key", "rotate", "globex", id);
    assertThat(again.code()).isEqualTo(1);
    assertThat(again.text()).contains("The key is revoked");
  }

  private String id(String tenant, String label) {
    return say("key", "list", tenant)
        .text()
        .lines()
        .filter(line -> line.contains(" " + label + " "))
        .map(line -> line.substring(0, line.indexOf(' ')))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void tenantsAreShownWithTheirContact() {
    assertThat(say("get", "tenants").text()).contains("CONTACT").contains("ops@initech.example");
  }

  @Test
  void aKindThatThereIsNotIsAnsweredWithThoseThatThereAre() {
    assertThat(say("get", "plans").text()).contains("open");
    var said = say("get", "pools");
    assertThat(said.code()).isNotZero();
    assertThat(said.text())
        .contains(
            "There is no kind pools; there are tenants, plans, routes, models, prompts, experiments, findings.");
  }

  @Test
  void modelsPromptsAndExperimentsAreListed() {
    assertThat(say("get", "models").text()).containsPattern("chat +llama3,small +one=llama3:8b");
    assertThat(say("get", "prompts").text()).containsPattern("greeting +1,2 +production=1 +1");
    assertThat(say("get", "experiments").text())
        .containsPattern("polite +greeting +control@1:90,formal@2:10 +Running");
  }

  @Test
  void listsAreForProgramsToo() throws Exception {
    var tenants = JSON.readTree(say("get", "tenants", "-o", "json").text());
    assertThat(tenants.findValuesAsText("name")).contains("acme", "initech");
    assertThat(JSON.readTree(say("get", "findings", "--output", "json").text()).isArray()).isTrue();
    assertThat(say("get", "tenants", "-o", "yaml").text()).contains("table", "json");
  }

  @Test
  void whatIsPipedIsChecked() {
    var before = System.in;
    try {
      System.setIn(new ByteArrayInputStream("kind: Plam\n".getBytes(UTF_8)));
      var said = plain("check", "-f", "-");
      assertThat(said.code()).isEqualTo(1);
      assertThat(said.text()).contains("stdin:1: ", "1 problem");
    } finally {
      System.setIn(before);
    }
  }
}
