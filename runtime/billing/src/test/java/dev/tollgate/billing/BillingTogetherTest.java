package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.TENANT;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Databases.Address;
import dev.tollgate.core.store.MariaDbServer;
import dev.tollgate.core.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two replicas that both take the lease to be theirs, as their clocks are apart. */
class BillingTogetherTest {

  private static final int SEEDS = Integer.getInteger("together.seeds", 2);

  @TempDir Path directory;
  private FakeStripe stripe;
  private Random random;
  private List<Shop> replicas;
  private String plan = "basic";
  private int events;

  @Test
  void nothingIsBilledTwiceWhereTwoReplicasDoTheSameAtOnce() throws Exception {
    try (var mariadb = new MariaDbServer(directory)) {
      for (int seed = 0; seed < SEEDS; seed++) {
        mariadb.sql("DROP DATABASE IF EXISTS billing", "CREATE DATABASE billing");
        var url = "jdbc:mariadb://127.0.0.1:" + mariadb.port() + "/billing";
        random = new Random(seed);
        plan = "basic";
        stripe = new FakeStripe(at("2026-11-10T10:00:00Z"));
        var skew = Duration.ofSeconds(random.nextInt(600));
        try (var one = replica(url, stripe::now);
            var other = replica(url, () -> stripe.now().minus(skew))) {
          replicas = List.of(one, other);
          year();
          check("seed " + seed + ", clocks " + skew + " apart");
        } finally {
          stripe.close();
        }
      }
    }
  }

  private Shop replica(String url, InstantSource clock) {
    return new Shop(
        new Databases(name -> new Address(url, "admin", "admin")),
        stripe.base(),
        clock,
        source -> source);
  }

  private void year() throws Exception {
    together();
    use("2026-11-01", 700);
    together();
    use("2026-11-01", 3_400);
    together();
    plan = "pro";
    stripe.advance(stripe.now().plusSeconds(random.nextInt(40) * 3_600L));
    together();
    use("2026-11-01", 400);
    together();
    stripe.advance(at("2026-12-01T02:20:00Z"));
    together();
    use("2026-11-01", 500);
    use("2026-12-01", 1_300);
    together();
    stripe.advance(at("2026-12-03T02:00:00Z"));
    together();
    for (var replica : replicas) {
      round(replica);
    }
  }

  private void use(String cycle, long units) {
    replicas.get(random.nextInt(2)).use(cycle, units);
  }

  /** Both do all there is to do at the same time, some times, and take the same events. */
  private void together() throws Exception {
    for (int i = 0; i < 3; i++) {
      List<String> invoices =
          new ArrayList<>(stripe.all("invoice").stream().map(o -> o.path("id").asText()).toList());
      int first = events;
      events += invoices.size();
      try (var threads = Executors.newFixedThreadPool(4)) {
        for (var replica : replicas) {
          var _ = threads.submit(() -> round(replica));
          var _ =
              threads.submit(() -> {
                for (int e = 0; e < invoices.size(); e++) {
                  take(replica, "evt_" + (first + e), invoices.get(e));
                }
              });
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
      }
      stripe.advance(stripe.now().plusSeconds(60));
    }
  }

  private void round(Shop replica) {
    try {
      var tenant = Shop.tenant(BillingProcess.PLANS.get(plan));
      replica.billing.work(tenant, BillingProcess.RULES);
      replica.billing.reconcile(tenant, BillingProcess.RULES);
    } catch (EngineException | StoreException again) {
      // the next round goes on
    } catch (RuntimeException e) {
      unexpected.add(e);
    }
  }

  private final List<RuntimeException> unexpected =
      java.util.Collections.synchronizedList(new ArrayList<>());

  private void take(Shop replica, String event, String invoice) {
    for (int i = 0; i < 5; i++) {
      try {
        replica
            .billing
            .notices()
            .take(
                new Notice(event, "invoice.updated", new Notice.Subject.Invoice(invoice)),
                BillingProcess.RULES.graceDays());
        return;
      } catch (EngineException | StoreException again) {
        // Stripe posts it again
      }
    }
  }

  private void check(String what) {
    assertThat(unexpected).as(what).isEmpty();
    Shop.madeOnce(stripe, what);
    var items =
        stripe.all("invoiceitem").stream().filter(i -> !i.path("proration").asBoolean()).toList();
    assertThat(items.stream().map(i -> i.path("metadata").path("tollgate_mark").asText()))
        .as(what)
        .doesNotHaveDuplicates();
    // 5,000 units; what is beyond the 1,000 that basic includes and the 300 of pro is 0.02 cents
    assertThat(Shop.centsOfUsage(stripe)).as(what).isEqualTo((5_000 - 1_000 - 300) / 50);
    assertThat(stripe.all("invoiceitem").stream().filter(i -> i.path("proration").asBoolean()))
        .as(what)
        .hasSize(2);
    var shop = replicas.getFirst();
    assertThat(shop.billing.reconciliation().findings(Instant.EPOCH))
        .as(what)
        .allMatch(f -> f.drift() == 0)
        .allMatch(f -> f.ledger() == f.assigned());
    assertThat(shop.billing.orders().of(TENANT).stream().map(o -> o.id()).toList())
        .as(what)
        .containsExactlyInAnyOrderElementsOf(
            stripe.all("invoice").stream().map(i -> i.path("id").asText()).toList());
  }
}
