package dev.tollgate.app.api;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;

/** The page at {@code /}: where things are. */
@Controller("/")
final class HomeController {

  @Get
  @Produces(MediaType.TEXT_HTML)
  String home() {
    return """
    <!doctype html><html lang="en"><meta charset="utf-8"><title>Tollgate</title>
    <meta name="viewport" content="width=device-width"><style>
    body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}
    code{background:#eee;padding:.1em .3em;border-radius:.2em}</style>
    <h1>Tollgate</h1><p>This gateway serves APIs to tenants. Send your key with every request:
    <code>Authorization: Bearer tg_live_…</code></p><ul>
    <li><code>GET /v1/usage</code>: what you have used in this billing cycle</li>
    <li><code>GET, POST /v1/keys</code>: your API keys; <code>POST /v1/keys/ID/rotate</code>,
    <code>DELETE /v1/keys/ID</code></li>
    <li><code>POST /v1/tools/json/format</code>, <code>validate</code>, <code>minify</code>,
    <code>diff</code>: the JSON tool, where it is sold</li>
    </ul></html>
    """;
  }
}
