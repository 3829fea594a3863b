package dev.tollgate.billing;

import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.usage.Thresholds;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.core.store.Databases;
import dev.tollgate.crd.resolve.PlanView;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * A process that does the work of billing once. It ends itself, without any of the things that a
 * process does at its end, before or after the commit that it is told; kills between the requests
 * to Stripe come from outside.
 */
final class BillingProcess {

  static final Billing.Rules RULES =
      new Billing.Rules(
          0, 7, List.of(new Thresholds.Threshold("requests", 2_000)), Proration.NEXT_INVOICE);

  /** Plans of the tenant: what it has first, and what it changes to. */
  static final Map<String, PlanView> PLANS =
      Map.of("basic", Shop.plan("basic", 900, 1_000), "pro", Shop.plan("pro", 4_900, 300));

  private static final int KILLED = 137;

  private BillingProcess() {}

  /**
   * @param args directory, Stripe's address, the time in milliseconds, and the commit to end at: 2n
   *     before the n-th, 2n + 1 after it, -1 for none; the tenant's plan
   */
  public static void main(String[] args) {
    var now = Instant.ofEpochMilli(Long.parseLong(args[2]));
    int end = Integer.parseInt(args[3]);
    var commits = new AtomicInteger();
    try (var shop =
        new Shop(
            Databases.embedded(Path.of(args[0])),
            URI.create(args[1]),
            InstantSource.fixed(now),
            source -> dying(source, commits, end))) {
      var tenant = Shop.tenant(PLANS.get(args[4]));
      shop.billing.work(tenant, RULES);
      shop.billing.reconcile(tenant, RULES);
    }
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
