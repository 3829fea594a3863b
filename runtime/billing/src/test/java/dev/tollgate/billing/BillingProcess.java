package dev.tollgate.billing;

import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.stripe.StripeWebhook;
import dev.tollgate.billing.usage.Thresholds;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.core.store.Databases;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.TenantView;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * A process that does what it is told of billing and writes down what is done. It ends itself,
 * without any of the things that a process does at its end, before or after the commit that it is
 * told; kills between the requests to Stripe come from outside.
 */
final class BillingProcess {

  static final Billing.Rules RULES =
      new Billing.Rules(
          0, 7, List.of(new Thresholds.Threshold("requests", 2_000)), Proration.NEXT_INVOICE);

  /** Plans of the tenant: what it has first, and what it changes to. */
  static final Map<String, PlanView> PLANS =
      Map.of("basic", Shop.plan("basic", 900, 1_000), "pro", Shop.plan("pro", 4_900, 300));

  /** The work of a round, with the comparison. */
  static final String WORK = "work";

  /** The worker's round for a tenant that has ten days of trial: what is due is noted first. */
  static final String TRIAL = "trial";

  /** A page where the tenant leaves a payment method. */
  static final String CHECKOUT = "checkout";

  /** Credit of the administrator; with its key and the amount in cents. */
  static final String CREDIT = "credit";

  /** An event that Stripe posts; with its signature and its body. */
  static final String EVENT = "event";

  /** Signs Stripe's events. */
  static final String SECRET = "whsec_test";

  private static final int KILLED = 137;
  private static final int FIRST_TASK = 5;
  private static final URI BACK = URI.create("https://console.example/");

  private final Shop shop;
  private final TenantView tenant;

  private BillingProcess(Shop shop, TenantView tenant) {
    this.shop = shop;
    this.tenant = tenant;
  }

  /**
   * @param args directory, Stripe's address, the time in milliseconds, and the commit to end at: 2n
   *     before the n-th, 2n + 1 after it, -1 for none; the tenant's plan; then what there is to do
   */
  public static void main(String[] args) throws IOException {
    var now = Instant.ofEpochMilli(Long.parseLong(args[2]));
    int end = Integer.parseInt(args[3]);
    var commits = new AtomicInteger();
    try (var shop =
        new Shop(
            Databases.embedded(Path.of(args[0])),
            URI.create(args[1]),
            InstantSource.fixed(now),
            source -> dying(source, commits, end))) {
      var process = new BillingProcess(shop, Shop.tenant(PLANS.get(args[4])));
      for (int i = FIRST_TASK; i < args.length; i++) {
        if (process.does(args[i])) {
          Files.writeString(
              answers(Path.of(args[0])),
              (i - FIRST_TASK) + "\n",
              StandardOpenOption.CREATE,
              StandardOpenOption.APPEND);
        }
      }
    }
  }

  /** The file with a line for each task that is done: its number, from 0. */
  static Path answers(Path directory) {
    return directory.resolve("answers.txt");
  }

  /** Whether it is done; the tenant may not be a customer yet. */
  private boolean does(String task) {
    var words = task.split(" ", 3);
    if (words[0].equals(WORK)) {
      shop.billing.work(tenant, RULES);
      shop.billing.reconcile(tenant, RULES);
      shop.billing.adjustments().begin();
      shop.billing.adjustments().work(() -> true);
      return true;
    }
    if (words[0].equals(TRIAL)) {
      var rules = new Billing.Rules(10, 7, List.of(), null);
      shop.billing.note(List.of(tenant), rules);
      shop.billing.work(tenant, rules);
      return true;
    }
    if (words[0].equals(EVENT)) {
      var notice =
          new StripeWebhook(
                  () -> List.of(SECRET), Clock.fixed(shop.clock.instant(), ZoneOffset.UTC))
              .read(words[2].getBytes(StandardCharsets.UTF_8), words[1]);
      shop.billing.notices().take(notice.orElseThrow(), RULES.graceDays());
      return true;
    }
    var account = shop.billing.accounts().of(tenant.tenantId());
    if (account.isEmpty()) {
      return false;
    }
    if (words[0].equals(CREDIT)) {
      long cents = Long.parseLong(words[2]);
      shop.billing
          .credits()
          .grant(account.get(), words[1], "Credit", "USD", cents * 1_000_000, null);
    } else {
      shop.billing.engine().checkout(account.get().customer(), "USD", BACK, BACK);
    }
    return true;
  }

  private static DataSource dying(DataSource source, AtomicInteger commits, int end) {
    return proxy(
        DataSource.class,
        (proxy, method, arguments) -> {
          var result = method.invoke(source, arguments);
          return method.getName().equals("getConnection")
              ? dying((Connection) result, commits, end)
              : result;
        });
  }

  private static Connection dying(Connection connection, AtomicInteger commits, int end) {
    return proxy(
        Connection.class,
        (proxy, method, arguments) -> {
          if (!method.getName().equals("commit")) {
            return method.invoke(connection, arguments);
          }
          int commit = commits.getAndIncrement();
          if (end == 2 * commit) {
            Runtime.getRuntime().halt(KILLED);
          }
          var result = method.invoke(connection, arguments);
          if (end == 2 * commit + 1) {
            Runtime.getRuntime().halt(KILLED);
          }
          return result;
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return handler.invoke(proxy, method, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
