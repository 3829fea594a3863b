package dev.tollgate.core.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.core.events.Delivery.State;
import dev.tollgate.core.store.Databases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The outbox in a real database, and what is sent from it. */
class OutboxTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

  private static Event event(String tenant, String what) {
    return new Event(tenant, Event.id(tenant, what), "usage.alert", NOW, "{}");
  }

  @Test
  void anEventIsKeptOnce(@TempDir Path directory) {
    try (var databases = Databases.embedded(directory)) {
      var outbox = new Outbox(databases);
      assertThat(outbox.put(event("t1", "a"))).isTrue();
      assertThat(outbox.put(event("t1", "a"))).isFalse();
      assertThat(outbox.of("t1", 10)).hasSize(1);
    }
  }

  @Test
  void replicasThatLookAtTheSameTimeNeverTakeTheSameEvent(@TempDir Path directory)
      throws Exception {
    try (var databases = Databases.embedded(directory);
        var replicas = Executors.newFixedThreadPool(4)) {
      var outbox = new Outbox(databases);
      for (int i = 0; i < 40; i++) {
        var _ = outbox.put(event("t" + i, "a"));
      }
      Callable<List<Delivery>> look = () -> outbox.take(NOW, Set.of(), 100);
      Set<String> taken = new HashSet<>();
      for (var each : replicas.invokeAll(List.of(look, look, look, look))) {
        for (var delivery : each.get()) {
          assertThat(taken.add(delivery.event().tenantId())).isTrue();
        }
      }
      assertThat(taken).hasSize(40);
    }
  }

  @Test
  void whatAReplicaTookAndDidNotEndIsTakenAgainAfterItsLease(@TempDir Path directory) {
    try (var databases = Databases.embedded(directory)) {
      var outbox = new Outbox(databases);
      var _ = outbox.put(event("t1", "a"));
      assertThat(outbox.take(NOW, Set.of(), 10)).hasSize(1);
      assertThat(outbox.take(NOW.plus(Outbox.LEASE).minusMillis(1), Set.of(), 10)).isEmpty();
      var again = outbox.take(NOW.plus(Outbox.LEASE), Set.of(), 10);
      assertThat(again).singleElement().extracting(Delivery::attempts).isEqualTo(1);
    }
  }

  @Test
  void aTenantHasOneEventUnderWayAtATime(@TempDir Path directory) {
    try (var databases = Databases.embedded(directory)) {
      var outbox = new Outbox(databases);
      var _ = outbox.put(event("t1", "a"));
      var _ = outbox.put(event("t1", "b"));
      assertThat(outbox.take(NOW, Set.of(), 10)).hasSize(1);
      assertThat(outbox.take(NOW, Set.of("t1"), 10)).isEmpty();
    }
  }

  @Test
  void whatIsDeliveredIsNotDueAnyMoreAndOldEventsAreForgotten(@TempDir Path directory) {
    try (var databases = Databases.embedded(directory)) {
      var outbox = new Outbox(databases);
      var event = event("t1", "a");
      var _ = outbox.put(event);
      outbox.attempted(event, State.DELIVERED, NOW, null, 204, null);
      assertThat(outbox.take(NOW.plus(Duration.ofDays(1)), Set.of(), 10)).isEmpty();
      assertThat(outbox.of("t1", 10).getFirst().lastStatus()).isEqualTo(204);
      assertThat(outbox.forget(NOW.plusSeconds(1))).isEqualTo(1);
    }
  }

  @Test
  void aReceiverIsTriedForADay() {
    var whole = Duration.ZERO;
    var attempts = 1;
    for (var pause = BackOff.after(1); pause != null; pause = BackOff.after(++attempts)) {
      whole = whole.plus(pause);
    }
    assertThat(whole).isBetween(Duration.ofHours(24), Duration.ofHours(25));
    assertThat(attempts).isEqualTo(9);
  }

  /** The example that the libraries of Standard Webhooks test themselves with. */
  @Test
  void signsAsStandardWebhooksDo() {
    var signature =
        WebhookSignature.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}");
    assertThat(signature).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void whileASecretIsReplacedBothSign() {
    var old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    var next = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assertThat(WebhookSignature.of(old + "\n" + next).sign("m", 1, "{}").split(" ", -1)).hasSize(2);
  }

  @Test
  void aSecretThatIsNoneIsNotRepeated() {
    for (var secret : List.of("hunter2", "whsec_hunter2", "whsec_!", "")) {
      assertThatThrownBy(() -> WebhookSignature.of(secret))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageNotContaining("hunter2");
    }
  }
}
