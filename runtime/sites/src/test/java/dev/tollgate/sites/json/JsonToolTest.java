package dev.tollgate.sites.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@MicronautTest(transactional = false)
class JsonToolTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Inject EmbeddedServer server;

  @Test
  void validateSaysThatADocumentIsValid() throws Exception {
    var answer = send("validate", "{\"a\":[1,2]}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"valid\":true}");
  }

  @Test
  void validateSaysWhereADocumentIsWrong() throws Exception {
    var answer = send("validate", "{\n \"é\":[1,x]}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"valid\":false,\"error\":{\"line\":2,\"column\":9,\"offset\":11,"
                + "\"pointer\":\"/é/1\",\"message\":\"Unexpected 'x': expected a value.\"}}");
  }

  @Test
  void anErrorAtTheVeryBeginningHasItsEmptyPointerAndOffsetZero() throws Exception {
    assertThat(send("validate", "x").body())
        .contains("\"line\":1,\"column\":1,\"offset\":0,\"pointer\":\"\"");
  }

  @Test
  void anEmptyBodyIsNotADocument() throws Exception {
    assertThat(send("validate", "").body()).contains("The document is empty");
  }

  @Test
  void formatIndentsByTwoSpacesUnlessAskedOtherwise() throws Exception {
    assertThat(send("format", "{\"a\":1}").body()).isEqualTo("{\n  \"a\": 1\n}");
    assertThat(send("format?indent=4", "[1]").body()).isEqualTo("[\n    1\n]");
    assertThat(send("format?indent=0", "[ 1 ]").body()).isEqualTo("[1]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"9", "-1", "x", "", "10000000000"})
  void formatRefusesAnIndentThatIsNotANumberOfSpaces(String indent) throws Exception {
    var answer = send("format?indent=" + indent, "[]");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("from 0 to 8");
  }

  @Test
  void minifyRemovesWhiteSpace() throws Exception {
    var answer = send("minify", " [ 1 , \"a b\" ] ");

    assertThat(answer.body()).isEqualTo("[1,\"a b\"]");
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
  }

  @Test
  void aWrongDocumentIsAProblemThatNamesThePlace() throws Exception {
    var answer = send("format", "[1,]");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
    assertThat(answer.body())
        .contains("\"type\":\"https://tollgate.dev/problems/invalid-json\"")
        .contains("\"line\":1", "\"column\":4", "\"offset\":3", "\"pointer\":\"/1\"");
  }

  @Test
  void anErrorBehindTheFirstOutputBreaksTheConnectionOff() {
    String document = "[" + "\"0123456789\",".repeat(20_000) + "x]";

    assertThatThrownBy(() -> send("minify", document)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json",
        "application/octet-stream"
      })
  void theContentTypeDoesNotMatter(String contentType) throws Exception {
    var request = request("minify", "[ 1 ]").setHeader("Content-Type", contentType).build();

    assertThat(CLIENT.send(request, BodyHandlers.ofString()).body()).isEqualTo("[1]");
  }

  @Test
  void aClientThatAsksBeforeSendingIsToldToGoOn() throws Exception {
    var request = request("minify", "[ 1 ]").expectContinue(true).build();

    assertThat(CLIENT.send(request, BodyHandlers.ofString()).body()).isEqualTo("[1]");
  }

  @Test
  void diffAnswersAPatch() throws Exception {
    var answer = send("diff", "{\"left\":{\"a\":1,\"b\":[1,2]},\"right\":{\"a\":null,\"b\":[2]}}");

    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json-patch+json");
    assertThat(answer.body())
        .isEqualTo(
            "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":null},"
                + "{\"op\":\"remove\",\"path\":\"/b/0\"}]");
  }

  @Test
  void diffOfEqualDocumentsIsAnEmptyPatch() throws Exception {
    assertThat(send("diff", "{\"left\":[1.0],\"right\":[1]}").body()).isEqualTo("[]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"left\":1}",
        "[1,2]",
        "1",
        "{\"left\":1,\"right\":1,\"middle\":1}",
        "{\"left\":{\"a\":1,\"a\":2},\"right\":1}",
        "{\"left\":1e99999999999,\"right\":1}",
        "{\"left\":1,\"right\":}"
      })
  void diffRefusesWhatItCannotCompare(String request) throws Exception {
    var answer = send("diff", request);

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
  }

  @Test
  void diffRefusesDocumentsThatAreTooLarge() throws Exception {
    var answer = send("diff", "{\"left\":1,\"right\":\"" + "x".repeat(100_000) + "\"}");

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("larger than the 100000 bytes");
  }

  @Test
  void diffRefusesDocumentsWithTooManyValues() throws Exception {
    var answer = send("diff", "{\"left\":1,\"right\":[" + "1,".repeat(6000) + "1]}");

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("at most 5000 can be compared");
  }

  @ParameterizedTest
  @ValueSource(strings = {"validate", "format", "minify", "diff"})
  void aCallerNobodyKnowsIsRefused(String tool) throws Exception {
    var request =
        HttpRequest.newBuilder(server.getURI().resolve("/v1/tools/json/" + tool))
            .POST(BodyPublishers.ofString("[]"))
            .build();
    var answer = CLIENT.send(request, BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("https://tollgate.dev/problems/unauthenticated");
  }

  @Test
  void historyListsTheLastOperationsNewestFirstWithoutDocuments() throws Exception {
    send("validate", "[\"secret\"]", "ann", "json-history");
    send("format", "[1,]", "ann", "json-history");
    send("diff", "{\"left\":1,\"right\":1}", "ann", "json-history");
    send("minify", "[ 12 ]", "ann", "json-history");

    assertThat(history("ann", "json-history").body())
        .doesNotContain("secret")
        .containsSubsequence(
            "{\"operations\":[",
            "{\"kind\":\"minify\",\"size\":6,\"when\":\"20",
            "\"outcome\":\"done\"}",
            "{\"kind\":\"diff\",\"size\":20,",
            "{\"kind\":\"format\",\"size\":4,",
            "\"outcome\":\"invalid\"}",
            "{\"kind\":\"validate\",\"size\":10,");
  }

  @Test
  void aSenderThatDisappearsIsInTheHistoryAsAborted() throws Exception {
    for (String tool : List.of("minify", "validate", "diff")) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
        socket
            .getOutputStream()
            .write(
                """
                POST /v1/tools/json/%s HTTP/1.1\r
                Host: localhost\r
                X-Tenant: eve\r
                X-Features: json-history\r
                Content-Length: 1000\r
                \r
                [1,2
                """
                    .formatted(tool)
                    .getBytes(StandardCharsets.US_ASCII));
      }
    }

    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    String body;
    do {
      Thread.sleep(20);
      body = history("eve", "json-history").body();
    } while (body.split("aborted", -1).length < 4 && System.nanoTime() < deadline);
    assertThat(body)
        .contains("\"kind\":\"minify\"", "\"kind\":\"validate\"", "\"kind\":\"diff\"")
        .doesNotContain("done")
        .doesNotContain("invalid");
  }

  @Test
  void historyOfATenantIsNotShownToAnother() throws Exception {
    send("validate", "[]", "bob", "json-history");

    assertThat(history("bobby", "json-history").body()).isEqualTo("{\"operations\":[]}");
  }

  @Test
  void historyIsNotKeptForAPlanWithoutIt() throws Exception {
    send("validate", "[]", "cid", "other");

    assertThat(history("cid", "json-history").body()).isEqualTo("{\"operations\":[]}");
  }

  @Test
  void historyWithoutTheFeatureNamesThePlansThatHaveIt() throws Exception {
    var answer = history("dan", "other");

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
    assertThat(answer.body())
        .contains("\"type\":\"https://tollgate.dev/problems/feature-not-in-plan\"")
        .contains("\"feature\":\"json-history\",\"plans\":[\"pro\",\"team\"]");
  }

  private HttpResponse<String> history(String tenant, String features) throws Exception {
    var request =
        HttpRequest.newBuilder(server.getURI().resolve("/v1/tools/json/history"))
            .header("X-Tenant", tenant)
            .header("X-Features", features)
            .build();
    return CLIENT.send(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> send(String tool, String body) throws Exception {
    return CLIENT.send(request(tool, body).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> send(String tool, String body, String tenant, String features)
      throws Exception {
    var request =
        request(tool, body).setHeader("X-Tenant", tenant).header("X-Features", features).build();
    return CLIENT.send(request, BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String tool, String body) {
    return HttpRequest.newBuilder(server.getURI().resolve("/v1/tools/json/" + tool))
        .header("X-Tenant", "acme")
        .timeout(Duration.ofSeconds(20))
        .POST(BodyPublishers.ofString(body));
  }
}
