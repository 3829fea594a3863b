package dev.tollgate.app.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.stream.Collectors;

/** The page at {@code /}, without scripts and without anything from elsewhere. */
final class HomePage {

  private static final String STYLE =
      """
      :root{color-scheme:light dark}
      body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}
      code,pre{background:#8882;border-radius:.2em}
      code{padding:.1em .3em}
      pre{padding:.6em;overflow-x:auto}
      td,th{text-align:left;vertical-align:top;padding:.1em 1.5em .1em 0}
      """;

  /** Value of {@code Content-Security-Policy}: this page's own style, and nothing else. */
  static final String POLICY =
      "default-src 'none'; style-src 'sha256-"
          + sha256(STYLE)
          + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private HomePage() {}

  private static String models(HomeController.Home home) {
    if (home.models().isEmpty()) {
      return "";
    }
    return home.models().stream()
        .map(model -> "<li><code>" + escaped(model) + "</code>")
        .collect(
            Collectors.joining(
                "\n",
                "<h2>Models</h2>\n<p>For clients of OpenAI (<code>/v1/chat/completions</code>,"
                    + " <code>/v1/responses</code>), Anthropic (<code>/v1/messages</code>) and Ollama"
                    + " (<code>/api/chat</code>):</p>\n<ul>\n",
                "\n</ul>"));
  }

  static String of(HomeController.Home home) {
    var tenant = home.tenant();
    var apis =
        home.apis().stream()
            .map(api ->
                "<tr><td>%s<td><code>%s</code><td>%s<td>%s"
                    .formatted(
                        escaped(api.name()),
                        escaped(api.path()),
                        api.methods().isEmpty() ? "all" : escaped(String.join(", ", api.methods())),
                        api.hostnames().isEmpty()
                            ? "any"
                            : escaped(String.join(", ", api.hostnames()))))
            .collect(Collectors.joining("\n"));
    return """
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <title>Tollgate</title>
    <meta name="viewport" content="width=device-width">
    <style>%s</style>
    <h1>Tollgate</h1>
    <p>This gateway serves APIs to tenants. Send your key, or a token, with every request:</p>
    <pre>Authorization: Bearer tg_live_…</pre>
    <h2>%s</h2>
    %s
    %s
    <h2>For every tenant</h2>
    <table>
    <tr><td><code>%s</code><td>what you have used in this billing cycle
    <tr><td><code>%s</code><td>your API keys: list, make, replace and end them
    <tr><td>%s<td>the description of these calls, of models and of the JSON tool (OpenAPI 3.1)
    </table>
    <p>Answers say how much of each limit is left (<code>RateLimit</code>), and errors are
    <code>application/problem+json</code>.</p>
    <h2>For whoever runs it</h2>
    <p>Health (<code>/health/readiness</code>, <code>/health/liveness</code>), metrics
    (<code>/prometheus</code>) and administration are on the management port, not here.</p>
    </html>
    """
        .formatted(
            STYLE,
            tenant == null ? "APIs" : "APIs that " + escaped(tenant) + " can call",
            apis.isEmpty()
                ? "<p>None.</p>"
                : "<table>\n<tr><th>API<th>Paths below<th>Methods<th>Host\n" + apis + "\n</table>",
            models(home),
            escaped(home.usage()),
            escaped(home.keys()),
            home.openapi().stream()
                .map(path -> "<a href=\"%1$s\">%1$s</a>".formatted(escaped(path)))
                .collect(Collectors.joining(", ")));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return Base64.getEncoder()
          .encodeToString(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
