package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.work.BillingWorker;
import dev.tollgate.billing.work.LiveBilling;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.billing.PlanChange;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.resolve.Disks;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.view.BillingView;
import dev.tollgate.crd.view.TenantView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that share the work of billing for a platform. */
class BillingReplicasTest {

  private FakeStripe stripe;
  private Shop shop;
  private BillingStore store;
  private Map<String, TenantView> tenants = Map.of(TENANT, Shop.tenant());

  @BeforeEach
  void open(@TempDir Path directory) {
    stripe = new FakeStripe(at("2026-11-10T10:00:00Z"));
    shop = new Shop(directory, stripe.base(), stripe::now);
    store = new BillingStore(shop.databases::platform);
  }

  @AfterEach
  void close() {
    shop.close();
    stripe.close();
  }

  private final class Served implements Serving {
    @Override
    public ServingState current() {
      var plan = Shop.plan("basic", 900, 1_000);
      var shared =
          new Shared(
              Map.of("basic", plan),
              List.of(),
              Map.of(),
              Map.of(),
              Map.of(),
              List.of(),
              Map.of(),
              List.of(),
              Map.of(),
              Map.of(),
              provider(),
              Disks.ONE);
      return new ServingState(1, shared, tenants, Map.of("acme", TENANT));
    }

    @Override
    public void onChange(Consumer<ServingState> listener) {}
  }

  private BillingView provider() {
    return new BillingView(
        "stripe",
        new SecretRef("stripe", "key"),
        List.of(new SecretRef("stripe", "webhook")),
        stripe.base(),
        List.of(),
        0,
        7,
        null,
        false,
        PlanChange.CreateProrations,
        90);
  }

  private LiveBilling live() {
    return new LiveBilling(
        new Served(),
        (ref, use) -> Optional.of("sk_test_123".getBytes(StandardCharsets.UTF_8)),
        store,
        shop.ledger,
        "test",
        stripe.clock());
  }

  private BillingWorker replica() {
    return new BillingWorker(live(), new Served(), store, "default", stripe.clock());
  }

  private boolean works(BillingWorker replica) {
    int before = stripe.requests().size();
    shop.use("2026-11-01", 100);
    replica.tick();
    return stripe.requests().size() > before;
  }

  @Test
  void oneReplicaAtATimeDoesTheWorkAndAnotherTakesOverWhenItIsGone() {
    var one = replica();
    var other = replica();
    assertThat(works(one)).isTrue();
    assertThat(works(other)).isFalse();
    stripe.advance(stripe.now().plus(Duration.ofMinutes(3)));
    assertThat(works(other)).isTrue();
    assertThat(works(one)).isFalse();
    assertThat(stripe.all("subscription")).hasSize(1);
    assertThat(
            stripe.events().stream().mapToLong(e -> e.path("payload").path("value").asLong()).sum())
        .isEqualTo(300);
  }

  @Test
  void aReplicaThatEndsLetsAnotherGoOnAtOnce() {
    var one = replica();
    assertThat(works(one)).isTrue();
    one.close();
    assertThat(works(replica())).isTrue();
  }

  @Test
  void itComparesAtItsStartAndEachHour() {
    var worker = replica();
    worker.tick();
    var first = stripe.now();
    assertThat(worker.report().compared()).isEqualTo(first.toString());
    stripe.advance(first.plus(Duration.ofMinutes(59)));
    worker.tick();
    assertThat(worker.report().compared()).isEqualTo(first.toString());
    stripe.advance(first.plus(Duration.ofMinutes(61)));
    worker.tick();
    assertThat(worker.report().compared()).isEqualTo(stripe.now().toString());
  }

  @Test
  void whatFailsForATenantIsCounted() {
    var worker = replica();
    worker.tick();
    shop.use("2026-11-01", 100);
    stripe.trouble("POST /v1/billing/meter_events", FakeStripe.Trouble.BROKEN);
    worker.tick();
    assertThat(worker.failures()).isEqualTo(1);
  }

  @Test
  void idsOfEventsAreForgottenAfterTheDaysThatTheProviderSays() {
    var worker = replica();
    worker.tick();
    var notices = live().now().orElseThrow().billing().notices();
    var old = new Notice("evt_old", "", new Notice.Subject.Other());
    var young = new Notice("evt_young", "", new Notice.Subject.Other());
    assertThat(notices.take(old, 7)).isTrue();
    stripe.advance(stripe.now().plus(Duration.ofDays(60)));
    assertThat(notices.take(young, 7)).isTrue();
    stripe.advance(stripe.now().plus(Duration.ofDays(31)));
    worker.tick();
    assertThat(notices.take(old, 7)).as("forgotten").isTrue();
    assertThat(notices.take(young, 7)).as("known").isFalse();
  }

  @Test
  void theSubscriptionOfATenantThatIsGoneForAnHourEndsWithItsCycle() {
    var worker = replica();
    worker.tick();
    tenants = Map.of();
    worker.tick();
    stripe.advance(stripe.now().plus(Duration.ofMinutes(50)));
    worker.tick();
    assertThat(stripe.all("subscription").getFirst().path("cancel_at_period_end").asBoolean())
        .isFalse();
    stripe.advance(stripe.now().plus(Duration.ofMinutes(20)));
    worker.tick();
    assertThat(stripe.all("subscription").getFirst().path("cancel_at_period_end").asBoolean())
        .isTrue();
  }
}
