package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who a caller is when proxies stand between it and the gateway. */
@NullUnmarked
class TrustedProxiesTest {

  private static final String POOL =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: default}
      spec: {trustedProxies: [%s]}
      """;

  @TempDir Path manifests;
  @TempDir Path data;
  private ApiBackendServer backend;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    backend = new ApiBackendServer();
    backend.at(
        "/seen",
        (exchange, _) -> {
          var forwarded = exchange.getRequestHeaders().getFirst("Forwarded");
          exchange.getResponseHeaders().set("X-Seen", forwarded);
          backend.answer(exchange, 200);
        });
    trust("127.0.0.0/8, \"::1\", 10.0.0.0/8");
    var limited =
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: RateLimitPolicy
        metadata: {name: few}
        spec:
          targetRefs: [{kind: ApiRoute, name: limited}]
          limits: [{name: few, meter: requests, limit: 2, per: Hour, by: Address}]
        ---
        """;
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            route("limited", backend.port(), "") + route("open", backend.port(), "") + limited,
            Map.of());
  }

  private void trust(String addresses) throws Exception {
    Files.writeString(manifests.resolve("pool.yaml"), POOL.formatted(addresses));
  }

  @AfterEach
  void stop() {
    runtime.close();
    backend.close();
  }

  private HttpResponse<String> call(String path, String... forwarded) throws Exception {
    var request = runtime.request("acme", path);
    for (var field : forwarded) {
      request.header("X-Forwarded-For", field);
    }
    return runtime.send(request);
  }

  private int limited(String... forwarded) throws Exception {
    return call("/limited", forwarded).statusCode();
  }

  private String seen(String... forwarded) throws Exception {
    var seen = call("/open/seen", forwarded).headers().firstValue("X-Seen").orElseThrow();
    return seen.substring(seen.indexOf('=') + 1, seen.indexOf(';'));
  }

  @Test
  void callersBehindAProxyAreCountedEachOnItsOwn() throws Exception {
    assertThat(limited("203.0.113.1")).isEqualTo(200);
    assertThat(limited("203.0.113.1, 10.1.2.3")).isEqualTo(200);
    assertThat(limited("203.0.113.1")).isEqualTo(429);
    assertThat(limited("203.0.113.2")).isEqualTo(200);
    // who writes the field itself is counted all the same
    assertThat(limited("198.51.100.9, 203.0.113.1")).isEqualTo(429);
    assertThat(limited("198.51.100.9", "203.0.113.1")).isEqualTo(429);
  }

  @Test
  void theAddressesOfOneNetworkOfIpv6AreOneCaller() throws Exception {
    assertThat(limited("2001:db8:1:2::1")).isEqualTo(200);
    assertThat(limited("2001:db8:1:2:3::1")).isEqualTo(200);
    assertThat(limited("2001:db8:1:2:ffff::7")).isEqualTo(429);
    assertThat(limited("2001:db8:1:3::1")).isEqualTo(200);
  }

  @Test
  void aBackendIsToldWhoCallsAndHow() throws Exception {
    assertThat(seen("203.0.113.7")).isEqualTo("203.0.113.7");
    assertThat(seen("203.0.113.7:4711, 10.1.2.3")).isEqualTo("203.0.113.7");
    assertThat(seen("2001:db8::1")).isEqualTo("\"[2001:db8:0:0:0:0:0:1]\"");
    assertThat(seen("[2001:db8::1]:4711")).isEqualTo("\"[2001:db8:0:0:0:0:0:1]\"");
    assertThat(seen("10.9.9.9, 10.1.2.3")).isEqualTo("10.9.9.9");
    assertThat(seen("unknown, 10.1.2.3")).isEqualTo("10.1.2.3");
    assertThat(seen("203.0.113.7,")).isEqualTo("127.0.0.1");
    assertThat(seen()).isEqualTo("127.0.0.1");

    var request = runtime.request("acme", "/open/seen").header("X-Forwarded-Proto", "https");
    assertThat(runtime.send(request).headers().firstValue("X-Seen").orElseThrow())
        .endsWith(";proto=https");
  }

  @Test
  void nobodyIsBelievedWhoIsNotTrusted() throws Exception {
    assertThat(seen("203.0.113.7")).isEqualTo("203.0.113.7");
    trust("10.0.0.0/8");
    await(() -> {
      try {
        return seen("203.0.113.7").equals("127.0.0.1");
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    var request = runtime.request("acme", "/open/seen").header("X-Forwarded-Proto", "https");
    assertThat(runtime.send(request).headers().firstValue("X-Seen").orElseThrow())
        .endsWith(";proto=http");
  }
}
