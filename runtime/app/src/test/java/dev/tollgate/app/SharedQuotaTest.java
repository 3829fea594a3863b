package dev.tollgate.app;

import static dev.tollgate.app.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.limits.RedisProcess;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.core.tenancy.LiveServing;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A quota that blocks, of a runtime whose pool has a real Redis. */
@NullUnmarked
class SharedQuotaTest {

  @TempDir Path manifests;
  @TempDir Path data;

  private static String routes(int backend, String redis, int included) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: GatewayPool
    metadata: {name: default}
    spec: {redis: {url: "%s"}}
    ---
    apiVersion: tollgate.dev/v1alpha1
    kind: Plan
    metadata: {name: some}
    spec:
      displayName: Some
      meters: [{name: requests, included: %d, overage: {mode: Block}}]
    ---
    apiVersion: tollgate.dev/v1alpha1
    kind: Tenant
    metadata: {name: few}
    spec: {plan: some}
    ---
    %s
    """
        .formatted(redis, included, route("plain", backend, ""));
  }

  /**
   * The counter in Redis holds what another replica has admitted, which this one cannot know from
   * the ledger yet.
   */
  @Test
  void whatAnotherReplicaHasAdmittedIsCountedAtOnce() throws Exception {
    try (var backend = new ApiBackendServer();
        var redis = new RedisProcess()) {
      var routes = routes(backend.port(), redis.url(), 20);
      try (var runtime = RunningRuntime.start(data, manifests, routes, Map.of())) {
        do {
          assertThat(runtime.get("acme", "/plain/x").statusCode()).isEqualTo(200);
        } while (redis
            .ask("EVAL", "return tostring(#redis.call('KEYS', 'usage:*'))", "0")
            .equals("0"));
        redis.ask("EVAL", "redis.call('HSET', ARGV[1], 'l', 10) return 'OK'", "0", key(runtime));
        int passed = 0;
        for (int i = 0; i < 30; i++) {
          passed += runtime.get("few", "/plain/x").statusCode() == 200 ? 1 : 0;
        }
        // a call that Redis does not answer within 50 ms goes by the ledger alone
        assertThat(passed).isBetween(10, 12);
        var refused = runtime.get("few", "/plain/x");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("quota-exhausted", "\"used\":20");
      }
    }
  }

  private static String key(RunningRuntime runtime) {
    var tenant = runtime.context.getBean(LiveServing.class).current().tenantIds().get("few");
    var cycle = Cycle.at(System.currentTimeMillis(), ZoneOffset.UTC);
    return "usage:{" + tenant + "}:requests:" + cycle;
  }
}
