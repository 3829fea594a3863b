package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.web.router.Router;
import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths and hosts that two programs could take for different ones. */
class HostilePathsTest extends RawRequests {

  @ParameterizedTest
  @CsvSource({
    "api.example.com, one",
    "API.Example.com, one",
    "api.example.com., one",
    "api.example.com:8080, one",
    "b.example.com, wide",
    "c.b.example.com, wide",
    "example.com, wider",
    "example.org, any",
    "[::1]:8080, any"
  })
  void theRouteThatNamesTheHostMostCloselyAnswers(String host, String route) throws IOException {
    var request = head("GET /hosts/x HTTP/1.1").replace("Host: localhost", "Host: " + host);
    assertThat(code(raw(request))).isEqualTo(200);
    assertThat(seen).containsExactly("GET /" + route + "/x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/open/../admin",
        "/open/..",
        "/open/%2e%2e/admin",
        "/open/.%2E/admin",
        "/open/./x",
        "/open/..;a=b/admin",
        "/open/..%2fadmin",
        "/open/..%5cadmin"
      })
  void aPathCannotLeaveItsRoute(String path) throws IOException {
    var answer = raw(head("GET " + path + " HTTP/1.1"));
    assertThat(code(answer)).isEqualTo(400);
    assertThat(answer).contains("problems/bad-path");
    assertThat(seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/open/...", "/open/.well-known/x", "/open/a..b", "/open/a/..b?x=/../y"})
  void dotsThatAreNamesArePassedOn(String path) throws IOException {
    assertThat(code(raw(head("GET " + path + " HTTP/1.1")))).isEqualTo(200);
    assertThat(seen).containsExactly("GET " + path.substring("/open".length()));
  }

  @Test
  void whatIsNoPathIsA400() throws IOException {
    assertThat(code(raw(head("GET * HTTP/1.1")))).isEqualTo(400);
    assertThat(seen).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"/a|b, /a%7Cb", "/%zz, /%25zz", "/[, /%5B", "/a?x=%zz, /a?x=%25zz"})
  void whatBrowsersDoNotEscapeIsEscaped(String path, String onward) throws IOException {
    assertThat(code(raw(head("GET /open" + path + " HTTP/1.1")))).isEqualTo(200);
    assertThat(seen).containsExactly("GET " + onward);
  }

  /** Every path of the tenant's API, in spellings that a router may take for the same. */
  @Test
  void noSpellingOfAPathLeadsPastTheKey() throws IOException {
    var paths = new TreeSet<String>();
    runtime
        .context
        .getBean(Router.class)
        .uriRoutes()
        .filter(route -> !route.getHttpMethodName().equals("HEAD"))
        .forEach(route -> {
          var path = route.getUriMatchTemplate().toPathString().replaceAll("\\{[a-z]+}", "1");
          if (path.startsWith("/v1/")) {
            paths.add(route.getHttpMethodName() + " " + path);
          }
        });
    assertThat(paths).hasSizeGreaterThan(15);
    for (var path : paths) {
      for (var spelling : spellings(path)) {
        var answer =
            raw(
                spelling
                    + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
        assertThat(code(answer)).as("%s: %s", spelling, answer).isIn(401, 404);
      }
    }
  }

  private static List<String> spellings(String path) {
    var last = path.charAt(path.length() - 1);
    var encoded = path.substring(0, path.length() - 1) + "%%%02X".formatted((int) last);
    return List.of(
        path,
        path + "/",
        path + "//",
        path + "?a=/b",
        path + "/?a=b",
        path + ";a=b",
        path.replace(" /", " //"),
        path.replace("/v1/", "/v1//"),
        path.replace("/v1/", "//v1/"),
        path.replace("/v1/", "/V1/"),
        path.replace("/v1/", "/v%31/"),
        path.replace("/v1/", "/v1%2F"),
        encoded,
        encoded + "/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/usage/", "/v1/alerts/", "/v1/keys/", "/v1/billing/", "/v1/prompts/"})
  void aSlashAtTheEndIsTheSamePath(String path) throws IOException {
    var answer = raw(head("GET " + path + " HTTP/1.1"));
    assertThat(code(answer)).as(answer).isEqualTo(200);
    assertThat(answer).doesNotContain("tollgate.principal");
  }
}
