package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.pools;
import static dev.tollgate.operator.Manifests.tenant;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.tenant.Tenant;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** An operator that is killed with -9 in the middle of its work is followed by another. */
@NullUnmarked
class KilledOperatorTest {

  private static final int TENANTS = 150;

  @Test
  void theNextOneGoesOnAndMakesNothingTwice() throws Exception {
    try (var replica = new Replica(() -> 204);
        var platform = Platform.withoutOperator(replica.port());
        var threads = Executors.newFixedThreadPool(2)) {
      platform.apply(pools("engine: Managed, shards: 2") + PLAN);
      replica.joins(platform, "default");
      var _ = threads.submit(() -> create(platform));
      var random = new Random(7);
      Map<String, String> given = new HashMap<>();
      for (int kill = 0; kill < 3; kill++) {
        try (var operator =
            new OperatorProcess(platform, replica.port(), Path.of("target/killed-operator.log"))) {
          int enough = given.size() + 1 + random.nextInt(TENANTS / 5);
          await("some have keys", Duration.ofMinutes(2), () -> keys(platform).size() >= enough);
          operator.kill();
        }
        given.putAll(keys(platform));
      }
      try (var _ =
          new OperatorProcess(platform, replica.port(), Path.of("target/killed-operator.log"))) {
        await("all have a status", Duration.ofMinutes(2), () -> ids(platform).size() == TENANTS);
      }
      var keys = keys(platform);
      assertThat(keys).as("what was given is never replaced").containsAllEntriesOf(given);
      var ids = ids(platform);
      assertThat(ids.values()).doesNotHaveDuplicates();
      ids.forEach((name, id) -> {
        assertThat(platform.secret(name + "-key", "tenant-id")).isEqualTo(id);
        assertThat(
                platform
                    .client()
                    .configMaps()
                    .inNamespace(platform.namespace())
                    .withName(name + "-record")
                    .get()
                    .getData())
            .containsEntry("tenant-id", id);
      });
    }
  }

  private static void create(Platform platform) {
    for (int i = 0; i < TENANTS; i++) {
      platform.apply(tenant("t" + i));
    }
  }

  private static Map<String, String> keys(Platform platform) {
    Map<String, String> keys = new HashMap<>();
    platform
        .client()
        .secrets()
        .inNamespace(platform.namespace())
        .withLabel("tollgate.dev/first-key")
        .list()
        .getItems()
        .forEach(s -> keys.put(s.getMetadata().getName(), s.getData().get("api-key")));
    return keys;
  }

  private static Map<String, String> ids(Platform platform) {
    Map<String, String> ids = new HashMap<>();
    platform
        .client()
        .resources(Tenant.class)
        .inNamespace(platform.namespace())
        .list()
        .getItems()
        .stream()
        .filter(t -> t.getStatus() != null && t.getStatus().keyHash() != null)
        .forEach(t -> ids.put(t.getMetadata().getName(), t.getStatus().id()));
    return ids;
  }
}
