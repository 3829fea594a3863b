package dev.tollgate.core.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.core.tenancy.ServingState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class KeyRingTest {

  private final MapKeyStore store = new MapKeyStore();

  @Test
  void allKeysAreReadWhereOneHasChangedAndNowAndThen() throws Exception {
    try (var ring = new KeyRing(store, new Nobody(), InstantSource.system());
        var other = new KeyRing(store, new Nobody(), InstantSource.system())) {
      var made = other.create("t", "mine", Set.of(), null);
      within(2, () -> ring.isLive("t", made.secret()));
      other.revoke("t", made.key().id());
      within(2, () -> !ring.isLive("t", made.secret()));

      var before = store.reads.get();
      Thread.sleep(Duration.ofSeconds(4));
      assertThat(store.reads.get() - before).as("reads of two rings in four seconds").isLessThan(4);

      store.away = true;
      Thread.sleep(Duration.ofMillis(1500));
      var first = other.find(made.key().hash());
      assertThat(first).isNotNull();
      store.away = false;
      store.put(made.key());
      within(2, () -> ring.isLive("t", made.secret()));
    }
  }

  private static void within(int seconds, BooleanSupplier what) throws InterruptedException {
    var end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    while (!what.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
  }

  /** Whose state is not asked for: keys are known without it. */
  private static final class Nobody implements Serving {
    @Override
    public ServingState current() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void onChange(Consumer<ServingState> listener) {}
  }
}
