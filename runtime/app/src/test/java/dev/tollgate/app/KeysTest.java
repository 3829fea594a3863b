package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.core.access.EndedKeys;
import dev.tollgate.core.access.KeyStore;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What keys may do to keys. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeysTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private RunningRuntime runtime;
  private Path data;

  @BeforeAll
  void start(@TempDir Path directory, @TempDir Path manifests) throws Exception {
    data = directory;
    runtime = RunningRuntime.start(data, manifests, "", Map.of());
  }

  @AfterAll
  void stop() {
    runtime.close();
  }

  private HttpResponse<String> post(String key, String path, String body) throws Exception {
    return runtime.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + path))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> delete(String key, JsonNode ended) throws Exception {
    var path = "/v1/keys/" + ended.path("id").asText();
    return runtime.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + path))
            .header("Authorization", "Bearer " + key)
            .DELETE());
  }

  /** A key that was made with the first key. */
  private JsonNode made(String wanted) throws Exception {
    var answer = post(runtime.key("acme"), "/v1/keys", wanted);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return JSON.readTree(answer.body());
  }

  private static String rotation(JsonNode key) {
    return "/v1/keys/" + key.path("id").asText() + "/rotate";
  }

  @Test
  void aKeyCannotBeRotatedOrEndedByOneThatLacksAScopeOfIt() throws Exception {
    var all = made("{\"label\":\"all\"}");
    var two = made("{\"label\":\"two\",\"scopes\":[\"keys:manage\",\"usage:read\"]}");
    var manager = made("{\"label\":\"manager\",\"scopes\":[\"keys:manage\"]}").path("key").asText();

    for (var key : new JsonNode[] {all, two}) {
      for (var refused : List.of(post(manager, rotation(key), ""), delete(manager, key))) {
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
        assertThat(refused.body())
            .contains("problems/missing-scope", key == all ? "the scope *;" : "usage:read")
            .doesNotContain("tg_live_");
      }
    }
    var own = two.path("key").asText();
    assertThat(post(own, rotation(two), "").statusCode()).isEqualTo(201);
    assertThat(delete(own, two).statusCode()).isEqualTo(204);
  }

  @Test
  void whatAKeyMakesEndsNoLaterThanItself() throws Exception {
    var end = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.MILLIS);
    var maker = made("{\"expires\":\"" + end + "\"}").path("key").asText();
    for (var path : List.of("/v1/keys", rotation(made("{}")))) {
      var answer = post(maker, path, "{}");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
      assertThat(JSON.readTree(answer.body()).path("expires").asText()).isEqualTo(end.toString());
    }
    var sooner = post(maker, "/v1/keys", "{\"expires\":\"" + end.minusSeconds(1) + "\"}");
    assertThat(sooner.statusCode()).as(sooner.body()).isEqualTo(201);
    var later = post(maker, "/v1/keys", "{\"expires\":\"" + end.plusSeconds(1) + "\"}");
    assertThat(later.statusCode()).as(later.body()).isEqualTo(403);
    assertThat(later.body()).contains("problems/expires-too-late", end.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+999999999-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "-999999999-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z"
      })
  void aKeyExpiresAtATimeThatCanBeWritten(String expires) throws Exception {
    var refused = post(runtime.key("acme"), "/v1/keys", "{\"expires\":\"" + expires + "\"}");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
    assertThat(refused.body()).contains("between now and 9999-12-31T23:59:59Z");
    var last = made("{\"expires\":\"9999-12-31T23:59:59Z\"}");
    assertThat(last.path("expires").asText()).isEqualTo("9999-12-31T23:59:59Z");
  }

  @Test
  void aKeyWithoutScopesIsRotatedByAnyThatManagesKeys() throws Exception {
    var none = made("{\"scopes\":[]}");
    var manager = made("{\"scopes\":[\"keys:manage\"]}").path("key").asText();
    var answer = post(manager, rotation(none), "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(JSON.readTree(answer.body()).path("scopes")).isEmpty();
  }

  @Test
  void aKeyThatHasEndedHasNoSuccessor() throws Exception {
    var key = made("{\"label\":\"ended\"}");
    var id = key.path("id").asText();
    assertThat(runtime.send(runtime.request("acme", "/v1/keys/" + id).DELETE()).statusCode())
        .isEqualTo(204);

    var refused = post(runtime.key("acme"), rotation(key), "");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
    assertThat(refused.body()).contains("problems/key-not-live", "is revoked");
    var admin = admin("/admin/tenants/acme/keys/" + id + "/rotate");
    assertThat(admin.statusCode()).as(admin.body()).isEqualTo(409);
    assertThat(runtime.get("acme", "/v1/keys").body())
        .contains("\"label\":\"ended\"")
        .containsOnlyOnce("\"label\":\"ended\"");
    assertThat(post(key.path("key").asText(), "/v1/keys", "{}").statusCode()).isEqualTo(401);
  }

  @Test
  void rotatingDoesNotLengthenAKey() throws Exception {
    var end = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.MILLIS);
    var key = made("{\"label\":\"hour\",\"expires\":\"" + end + "\"}");
    var next = JSON.readTree(post(runtime.key("acme"), rotation(key), "").body());
    assertThat(Instant.parse(next.path("expires").asText())).isBetween(end, end.plusSeconds(60));
    for (var listed : JSON.readTree(runtime.get("acme", "/v1/keys").body()).path("keys")) {
      if (listed.path("id").asText().equals(key.path("id").asText())) {
        assertThat(listed.path("expires").asText()).isEqualTo(end.toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"foo\":1} | /foo | There is no member foo; there are label, scopes and expires.",
        "{\"a/b\":1} | /a~1b | There is no member a/b;",
        "{\"scopes\":\"x\"} | /scopes | scopes must be a list of texts, and is a text.",
        "{\"scopes\":[\"a\",1]} | /scopes/1 | scopes/1 must be a text, and is a number.",
        "{\"label\":5} | /label | label must be a text, and is a number.",
        "{\"label\":true} | /label | label must be a text, and is true or false.",
        "{\"expires\":1900000000} | /expires | expires must be a text, and is a number.",
        "[] | `` | The body must be a JSON object with label, scopes and expires.",
        "{\"label\" | `` | The body is not JSON from line 1, column ",
      })
  void aBodyIsReadToTheLetter(String body, String pointer, String detail) throws Exception {
    var answer = post(runtime.key("globex"), "/v1/keys", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    var problem = JSON.readTree(answer.body());
    assertThat(problem.path("pointer").asText()).isEqualTo(pointer);
    assertThat(problem.path("detail").asText()).startsWith(detail);
    assertThat(runtime.get("globex", "/v1/keys").body()).as("the first key").containsOnlyOnce("id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\u0007", "\\u202egnp.exe", "\\u2066x", "\\ud83d"})
  void aLabelIsSomethingThatATerminalCanShow(String label) throws Exception {
    var answer = post(runtime.key("globex"), "/v1/keys", "{\"label\":\"" + label + "\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
  }

  /** A page of a tenant's keys. */
  private JsonNode page(String query) throws Exception {
    var answer = runtime.get("acme", "/v1/keys" + query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  @Test
  void keysAreListedInPages() throws Exception {
    var all = page("?limit=1000");
    for (int i = all.path("keys").size(); i < 5; i++) {
      made("{\"label\":\"page\"}");
    }
    all = page("?limit=1000");
    assertThat(all.has("next")).isFalse();
    var ids = all.findValuesAsText("id");
    var paged = new ArrayList<String>();
    var page = page("?limit=2");
    while (page.has("next")) {
      assertThat(page.path("keys")).hasSize(2);
      paged.addAll(page.findValuesAsText("id"));
      page = page("?limit=2&after=" + page.path("next").asText());
    }
    paged.addAll(page.findValuesAsText("id"));
    assertThat(paged).isEqualTo(ids).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0, limit is a number from 1 to 1000",
    "limit=1001, limit is a number from 1 to 1000",
    "limit=many, limit is a number from 1 to 1000",
    "after=x, after is the next of an earlier page"
  })
  void aPageThatCannotBeIsA400(String query, String detail) throws Exception {
    var answer = runtime.get("acme", "/v1/keys?" + query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains(detail);
  }

  @Test
  void keysThatEndedAreForgottenAfterAWhile() throws Exception {
    var revoked = made("{\"label\":\"long revoked\"}");
    assertThat(delete(runtime.key("acme"), revoked).statusCode()).isEqualTo(204);
    made("{\"label\":\"soon expired\",\"expires\":\"" + Instant.now().plusSeconds(60) + "\"}");
    made("{\"label\":\"without end\"}");
    var store = runtime.context.getBean(KeyStore.class);
    var kept = Duration.ofDays(90);
    for (var days : List.of(0, 89, 91)) {
      var then = Instant.now().plus(Duration.ofDays(days));
      new EndedKeys(store, kept, InstantSource.fixed(then)).forget();
      var labels = page("?limit=1000").findValuesAsText("label");
      assertThat(labels).contains("without end");
      if (days < 90) {
        assertThat(labels).as("after %d days", days).contains("long revoked", "soon expired");
      } else {
        assertThat(labels).doesNotContain("long revoked", "soon expired");
      }
    }
    assertThat(post(revoked.path("key").asText(), "/v1/keys", "{}").statusCode()).isEqualTo(401);
  }

  private HttpResponse<String> admin(String path) throws Exception {
    return runtime.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.managementPort + path))
            .header(
                "Authorization", "Bearer " + Files.readString(data.resolve("admin.token")).strip())
            .POST(BodyPublishers.noBody()));
  }
}
