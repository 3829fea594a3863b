package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.wiring.FirstKeys;
import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.tenancy.LiveServing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of the first keys, those are shown that work. */
class FirstKeysTest {

  @Test
  void aKeyThatCannotBeKeptIsMadeOnceAndKeptLater(@TempDir Path data, @TempDir Path manifests)
      throws Exception {
    Files.writeString(data.resolve("keys"), "in the way of the directory");
    try (var runtime = RunningRuntime.start(data, manifests, "", Map.of())) {
      var serving = runtime.context.getBean(LiveServing.class);
      var first = runtime.context.getBean(FirstKeys.class);
      var keys = runtime.context.getBean(KeyRing.class);
      await(() -> serving.current().tenantIds().containsKey("acme"));
      var acme = Objects.requireNonNull(serving.current().tenantIds().get("acme"));
      await(() -> keys.list(acme).size() == 1);
      for (int i = 0; i < 3; i++) {
        first.make(serving.current());
      }
      assertThat(keys.list(acme)).hasSize(1);
      Files.delete(data.resolve("keys"));
      first.make(serving.current());
      assertThat(first.working(serving.current())).containsOnlyKeys("acme", "globex");
      assertThat(keys.list(acme)).hasSize(1);
    }
  }

  @Test
  void keysOfTenantsThatAreGoneAndKeysThatEndedAreNotShown(
      @TempDir Path data, @TempDir Path manifests) throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, "", Map.of())) {
      var first = runtime.context.getBean(FirstKeys.class);
      var serving = runtime.context.getBean(LiveServing.class);
      assertThat(first.working(serving.current())).containsOnlyKeys("acme", "globex");

      var keys = runtime.context.getBean(KeyRing.class);
      var acme = serving.current().tenantIds().get("acme");
      assertThat(acme).isNotNull();
      keys.revoke(acme, keys.list(acme).getFirst().id());
      assertThat(first.working(serving.current())).containsOnlyKeys("globex");

      var without = Manifests.TENANTS.substring(0, Manifests.TENANTS.indexOf("---", 200));
      Files.writeString(manifests.resolve("tenants.yaml"), without);
      await(() -> !serving.current().tenantIds().containsKey("globex"));
      assertThat(first.working(serving.current())).isEmpty();
      assertThat(first.all()).containsOnlyKeys("acme", "globex");
    }
  }
}
