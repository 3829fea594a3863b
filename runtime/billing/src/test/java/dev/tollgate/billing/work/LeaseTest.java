package dev.tollgate.billing.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.core.store.Databases;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of several replicas may work. */
class LeaseTest {

  private Databases databases;
  private BillingStore store;
  private Instant now = Instant.parse("2026-11-10T10:00:00Z");

  @BeforeEach
  void open(@TempDir Path directory) {
    databases = Databases.embedded(directory);
    store = new BillingStore(databases::platform);
  }

  @AfterEach
  void close() {
    databases.close();
  }

  private Lease lease(String holder) {
    return new Lease(store, "billing/default", holder, () -> now);
  }

  @Test
  void oneHoldsItUntilItRunsOut() {
    assertThat(lease("a").held()).isTrue();
    assertThat(lease("b").held()).isFalse();
    now = now.plus(Lease.LENGTH.minusSeconds(1));
    assertThat(lease("a").held()).as("renewed").isTrue();
    now = now.plus(Lease.LENGTH.minusSeconds(1));
    assertThat(lease("b").held()).isFalse();
    now = now.plusSeconds(2);
    assertThat(lease("b").held()).isTrue();
    assertThat(lease("a").held()).isFalse();
  }

  @Test
  void whoLetsGoLetsAnotherGoOn() {
    assertThat(lease("a").held()).isTrue();
    lease("b").release();
    assertThat(lease("b").held()).as("nobody lets go for another").isFalse();
    lease("a").release();
    assertThat(lease("b").held()).isTrue();
  }

  @Test
  void ofManyThatAskAtOnceOneHoldsIt() throws Exception {
    List<Callable<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      var lease = lease("replica-" + i);
      all.add(lease::held);
    }
    try (var replicas = Executors.newFixedThreadPool(8)) {
      int held = 0;
      for (var each : replicas.invokeAll(all)) {
        held += each.get() ? 1 : 0;
      }
      assertThat(held).isEqualTo(1);
    }
  }
}
