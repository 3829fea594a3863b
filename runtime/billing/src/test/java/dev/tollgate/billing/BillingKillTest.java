package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.billing.order.Dunning;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the process that does the work of billing, takes Stripe's events, gives credit and makes
 * checkouts, at random points of every flow: before and after its requests to Stripe and its
 * commits. Who asked and got no answer asks again. Then ledger, meter and invoices are compared,
 * and what the store says of payments with Stripe. {@code -Dkill.seeds=200} for more, {@code
 * -Dkill.first} to begin at another.
 */
class BillingKillTest {

  private static final int SEEDS = Integer.getInteger("kill.seeds", 2);
  private static final int FIRST = Integer.getInteger("kill.first", 0);
  private static final int KILLED = 137;
  private static final int LAST_REQUEST = 22;
  private static final int LAST_COMMIT = 78;

  @TempDir private Path directory;

  private FakeStripe stripe;
  private Requests requests;
  private Payments payments;
  private Random random;
  private int kills;
  private int credits;
  private String plan = "basic";
  private JavaStart java;

  @Test
  void nothingIsBilledTwiceOrLostHoweverOftenTheProcessIsKilled() throws Exception {
    java = new JavaStart(BillingProcess.class, directory);
    try (var scratch = new FakeStripe(at("2026-11-10T10:00:00Z"))) {
      stripe = scratch;
      java.train(
          arguments(
              directory.resolve("scratch"),
              -1,
              List.of(BillingProcess.WORK, BillingProcess.CREDIT + " key 100")));
    }
    for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
      random = new Random(seed);
      kills = 0;
      credits = 0;
      stripe = new FakeStripe(at("2026-11-10T10:00:00Z"));
      try {
        var home = directory.resolve("seed-" + seed);
        plan = "basic";
        requests = new Requests(stripe, random);
        payments = new Payments(stripe, requests);
        year(home);
        long before = check("seed " + seed, home);
        System.out.printf(
            "billing seed %d: killed %d times; 6300 requests, %d of them before the change of plan;"
                + " ledger, meter, invoices and payments agree; 0 missing, 0 doubled%n",
            seed, kills, before);
      } finally {
        stripe.close();
      }
    }
  }

  /** Nobody answers there. */
  private static final URI AWAY = URI.create("http://127.0.0.1:1/");

  @Test
  void aCycleThatStripeWasAwayForIsPaidOnceWhereverTheProcessIsKilled() throws Exception {
    java = new JavaStart(BillingProcess.class, directory);
    try (var scratch = new FakeStripe(at("2026-11-10T10:00:00Z"))) {
      stripe = scratch;
      java.train(arguments(directory.resolve("scratch"), -1, List.of(BillingProcess.TRIAL)));
    }
    for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
      random = new Random(seed);
      stripe = new FakeStripe(at("2026-11-10T10:00:00Z"));
      try {
        requests = new Requests(stripe, random);
        afterAnOutage("seed " + seed, directory.resolve("outage-" + seed));
      } finally {
        stripe.close();
      }
    }
  }

  /** The trial ends on the first of December, and Stripe is back, or asked in vain, in January. */
  private void afterAnOutage(String seed, Path home) throws Exception {
    round(home, -1, -1);
    stripe.advance(at("2026-11-30T23:01:00Z"));
    if (random.nextBoolean()) {
      assertThat(away(home, random.nextBoolean() ? -1 : random.nextInt(8))).isNotZero();
      assertThat(away(home, -1)).as("Stripe does not answer").isEqualTo(1);
    } else {
      // before the request that makes the subscription, after it, or after its answer
      int code = round(home, random.nextInt(2 * LAST_REQUEST), -1);
      assertThat(code).isIn(0, KILLED);
    }
    use(home, "2026-12-01", 1_600);
    stripe.advance(at("2027-01-05T10:00:00Z"));
    int times = 2 + random.nextInt(3);
    for (int i = 0; i < times; i++) {
      int code =
          random.nextBoolean()
              ? round(home, random.nextInt(LAST_REQUEST), -1)
              : round(home, -1, random.nextInt(LAST_COMMIT));
      assertThat(code).as("done, or killed; never failed").isIn(0, KILLED);
    }
    for (int i = 0; i < 3; i++) {
      assertThat(round(home, -1, -1)).isZero();
    }
    assertThat(stripe.all("subscription")).as(seed).hasSize(1);
    long since = stripe.all("subscription").getFirst().path("backdate_start_date").asLong();
    var cents =
        stripe.all("invoiceitem").stream()
            .filter(i -> !i.path("proration").asBoolean())
            .mapToLong(i -> i.path("amount").asLong())
            .sorted()
            .toArray();
    // the fee of December is on an invoice of the subscription, or an item of its own
    if (since == at("2026-11-30T23:00:00Z").getEpochSecond()) {
      assertThat(cents).as(seed).containsExactly(12);
    } else {
      assertThat(since).as(seed).isEqualTo(at("2026-12-31T23:00:00Z").getEpochSecond());
      assertThat(cents).as(seed).containsExactly(12, 900);
    }
  }

  private int away(Path home, int commit) throws Exception {
    var arguments = arguments(home, commit, List.of(BillingProcess.TRIAL));
    arguments.set(1, AWAY.toString());
    var process = java.start(arguments);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }

  private int round(Path home, int request, int commit) throws Exception {
    return run(home, request, commit, List.of(), 0, BillingProcess.TRIAL);
  }

  /**
   * Everything that happens to a tenant: it comes, is given credit, leaves a payment method, uses,
   * changes its plan, does not pay and is suspended, uses late, leaves another payment method, pays
   * and goes on.
   */
  private void year(Path home) throws Exception {
    requests.ask(Requests.credit("welcome", 1_000));
    requests.ask(Requests.checkout());
    disturbed(home);
    use(home, "2026-11-01", 700);
    disturbed(home);
    use(home, "2026-11-01", 3_400);
    disturbed(home);
    plan = "pro";
    stripe.advance(stripe.now().plusSeconds(random.nextInt(40) * 3_600L));
    payments.leaveMethod();
    disturbed(home);
    if (random.nextBoolean()) {
      stripe.advance(stripe.now().plusSeconds(random.nextInt(40) * 3_600L));
    }
    use(home, "2026-11-01", 400);
    disturbed(home);
    // the change is made by now, so that all of December has one plan
    undisturbed(home);
    payments.leaveMethod();
    payments.fail();
    payments.dispute();
    requests.ask(Requests.checkout());
    disturbed(home);
    stripe.advance(at("2026-12-01T02:00:00Z"));
    payments.leaveMethod();
    requests.ask(Requests.checkout());
    disturbed(home);
    use(home, "2026-11-01", 500);
    use(home, "2026-12-01", 1_300);
    disturbed(home);
    // what stands still for a day is looked for before it is asked for anew
    stripe.advance(at("2026-12-03T02:00:00Z"));
    payments.leaveMethod();
    disturbed(home);
    undisturbed(home);
    assertThat(standing(home)).isEqualTo(Dunning.Standing.SUSPENDED);
    payments.leaveMethod();
    payments.settle();
    disturbed(home);
    answered(home);
    assertThat(standing(home)).as("events alone resume").isEqualTo(Dunning.Standing.GOOD);
    for (int i = 0; i < 3; i++) {
      undisturbed(home);
    }
  }

  private Dunning.Standing standing(Path home) {
    try (var shop = new Shop(home, stripe.base(), stripe::now)) {
      return shop.billing.dunning().standing(Shop.TENANT);
    }
  }

  /**
   * @return units that were used before the change of plan
   */
  private long check(String seed, Path home) throws Exception {
    Shop.madeOnce(stripe, seed);
    var marks =
        stripe.all("invoiceitem").stream()
            .filter(i -> !i.path("proration").asBoolean())
            .map(i -> i.path("metadata").path("tollgate_mark").asText())
            .toList();
    assertThat(marks).as(seed).doesNotHaveDuplicates();
    long before = before(home);
    assertThat(before).as(seed).isIn(4_100L, 4_500L);
    // 5,000 units; what is beyond the 1,000 that basic includes and the 300 of pro is 0.02 cents
    assertThat(Shop.centsOfUsage(stripe))
        .as(seed + ", November in cents, with " + before + " before the change: " + marks)
        .isEqualTo((5_000 - 1_000 - 300) / 50);
    assertThat(stripe.all("invoiceitem").stream().filter(i -> i.path("proration").asBoolean()))
        .as(seed + ", one change of plan")
        .hasSize(2);
    assertThat(
            stripe.all("invoice").stream()
                .filter(i -> i.path("billing_reason").asText().equals("manual"))
                .filter(i -> i.path("status").asText().equals("draft")))
        .as(seed)
        .isEmpty();
    var december = at("2026-12-01T00:00:00Z").getEpochSecond();
    long metered =
        stripe.events().stream()
            .filter(e -> e.path("timestamp").asLong() > december)
            .mapToLong(e -> e.path("payload").path("value").asLong())
            .sum();
    assertThat(metered).as(seed + ", December").isEqualTo(1_300);
    try (var shop = new Shop(home, stripe.base(), stripe::now)) {
      assertThat(shop.billing.reconciliation().findings(Instant.EPOCH))
          .as(seed)
          .allMatch(f -> f.drift() == 0)
          .allMatch(f -> f.ledger() == f.assigned());
      assertThat(
              shop.billing.orders().of(Shop.TENANT).stream()
                  .map(o -> o.id())
                  .collect(Collectors.toSet()))
          .as(seed)
          .containsExactlyInAnyOrderElementsOf(
              stripe.all("invoice").stream().map(i -> i.path("id").asText()).toList());
      payments.check(seed, shop);
    }
    return before;
  }

  private long before(Path home) {
    try (var shop = new Shop(home, stripe.base(), stripe::now)) {
      var november = shop.billing.accounts().cycle(Shop.TENANT, "2026-11-01").orElseThrow();
      assertThat(november.history().past()).hasSize(1);
      assertThat(november.terms().plan()).isEqualTo("pro");
      return november.from("requests");
    }
  }

  private void use(Path home, String cycle, long requests) {
    try (var shop = new Shop(home, stripe.base(), stripe::now)) {
      shop.use(cycle, requests);
    }
  }

  /** Runs the work a few times, with some of what is asked, most of them to a violent end. */
  private void disturbed(Path home) throws Exception {
    int times = 1 + random.nextInt(2);
    for (int i = 0; i < times; i++) {
      payments.invoices();
      var asked = requests.some();
      // and credit that is asked for once, whatever becomes of it
      asked.add(random.nextInt(asked.size() + 1), Requests.credit("once-" + ++credits, 100));
      int work = random.nextInt(asked.size() + 1);
      int code =
          random.nextBoolean()
              ? run(home, random.nextInt(2 * LAST_REQUEST), -1, asked, work)
              : run(home, -1, random.nextInt(2 * LAST_COMMIT), asked, work);
      assertThat(code).as("done, or killed; never failed").isIn(0, KILLED);
      kills += code == 0 ? 0 : 1;
    }
  }

  /** Runs the work after all that is asked. */
  private void undisturbed(Path home) throws Exception {
    payments.invoices();
    var asked = requests.all();
    assertThat(run(home, -1, -1, asked, asked.size())).isZero();
  }

  /** Answers all that is asked, without the work. */
  private void answered(Path home) throws Exception {
    assertThat(run(home, -1, -1, requests.all(), -1)).isZero();
  }

  /**
   * @param request the request to kill at: 2n before the n-th is done, 2n + 1 before it is answered
   * @param commit the same of commits
   * @param asked of the process, in this order
   * @param work how much of it comes before the work; -1 for no work
   */
  private int run(Path home, int request, int commit, List<Requests.Request> asked, int work)
      throws Exception {
    return run(home, request, commit, asked, work, BillingProcess.WORK);
  }

  private int run(
      Path home, int request, int commit, List<Requests.Request> asked, int work, String round)
      throws Exception {
    List<String> tasks = new ArrayList<>(asked.stream().map(requests::task).toList());
    if (work >= 0) {
      tasks.add(work, round);
    }
    var process = new AtomicReference<Process>();
    var steps = new AtomicInteger();
    Runnable step =
        () -> {
          if (steps.getAndIncrement() == request) {
            process.get().destroyForcibly();
            try {
              process.get().waitFor();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    stripe.around(step, step);
    process.set(java.start(arguments(home, commit, tasks)));
    assertThat(process.get().waitFor(2, TimeUnit.MINUTES)).isTrue();
    stripe.around(() -> {}, () -> {});
    for (int done : answers(home)) {
      if (done != work) {
        requests.answered(asked.get(work >= 0 && done > work ? done - 1 : done));
      }
    }
    return process.get().exitValue();
  }

  /** Numbers of the tasks that the last process did. */
  private static List<Integer> answers(Path home) throws IOException {
    var file = BillingProcess.answers(home);
    if (!Files.exists(file)) {
      return List.of();
    }
    var done = Files.readAllLines(file).stream().map(Integer::valueOf).toList();
    Files.delete(file);
    return done;
  }

  private List<String> arguments(Path home, int commit, List<String> tasks) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                home.toString(),
                stripe.base().toString(),
                Long.toString(stripe.now().toEpochMilli()),
                Integer.toString(commit),
                plan));
    arguments.addAll(tasks);
    return arguments;
  }
}
