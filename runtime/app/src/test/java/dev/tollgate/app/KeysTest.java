package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What keys may do to keys. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeysTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private RunningRuntime runtime;

  @BeforeAll
  void start(@TempDir Path data, @TempDir Path manifests) throws Exception {
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
  void aKeyCannotBeRotatedByOneThatLacksAScopeOfIt() throws Exception {
    var all = made("{\"label\":\"all\"}");
    var two = made("{\"label\":\"two\",\"scopes\":[\"keys:manage\",\"usage:read\"]}");
    var manager = made("{\"label\":\"manager\",\"scopes\":[\"keys:manage\"]}").path("key").asText();

    for (var key : new JsonNode[] {all, two}) {
      var refused = post(manager, rotation(key), "");
      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);
      assertThat(refused.body()).contains("problems/missing-scope").doesNotContain("tg_live_");
    }
    assertThat(post(manager, rotation(all), "").body()).contains("does not have the scope *");
    assertThat(post(two.path("key").asText(), rotation(two), "").statusCode()).isEqualTo(201);
  }

  @Test
  void aKeyWithoutScopesIsRotatedByAnyThatManagesKeys() throws Exception {
    var none = made("{\"scopes\":[]}");
    var manager = made("{\"scopes\":[\"keys:manage\"]}").path("key").asText();
    var answer = post(manager, rotation(none), "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(JSON.readTree(answer.body()).path("scopes")).isEmpty();
  }
}
