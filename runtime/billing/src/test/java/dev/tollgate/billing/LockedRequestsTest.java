package dev.tollgate.billing;

import static dev.tollgate.billing.Shop.RULES;
import static dev.tollgate.billing.Shop.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.engine.Notice.Subject;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.core.store.Databases;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which requests to Stripe are made while a transaction is open: what an event is about, once, so
 * that what is written last was read last. Nothing else, since Stripe may take half a minute.
 */
class LockedRequestsTest {

  private final AtomicInteger transactions = new AtomicInteger();
  private final List<String> locked = new ArrayList<>();
  private FakeStripe stripe;
  private Shop shop;

  @BeforeEach
  void open(@TempDir Path directory) {
    stripe = new FakeStripe(at("2026-11-10T10:00:00Z"));
    shop = new Shop(Databases.embedded(directory), stripe.base(), stripe::now, this::counted);
    stripe.around(
        () -> {},
        () -> {
          if (transactions.get() > 0) {
            locked.add(stripe.requests().getLast());
          }
        });
    shop.work();
    shop.use("2026-11-01", 2_000);
  }

  @AfterEach
  void close() {
    shop.close();
    stripe.close();
  }

  private DataSource counted(DataSource source) {
    return proxy(
        DataSource.class,
        source,
        (method, result) -> {
          if (!method.getName().equals("getConnection")) {
            return result;
          }
          transactions.incrementAndGet();
          return proxy(
              Connection.class,
              result,
              (called, answer) -> {
                if (called.getName().equals("close")) {
                  transactions.decrementAndGet();
                }
                return answer;
              });
        });
  }

  private interface Answer {
    Object of(Method method, Object result);
  }

  private static <T> T proxy(Class<T> type, Object target, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return answer.of(method, method.invoke(target, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private void take(Subject subject) {
    shop.billing.notices().take(new Notice("evt_1", "", subject), RULES.graceDays());
  }

  private String customer() {
    return stripe.all("customer").getFirst().path("id").asText();
  }

  private String charge(String customer) {
    return stripe.put(
        "charge", "ch", Map.of("customer", customer, "amount", 900, "currency", "usd"));
  }

  @Test
  void theWorkOfARoundHasNone() {
    shop.work();
    assertThat(stripe.events()).hasSize(1);
    assertThat(locked).isEmpty();
  }

  @Test
  void aCheckoutIsListedOnce() {
    var page =
        stripe.put("checkout.session", "cs", Map.of("customer", customer(), "status", "open"));
    stripe.complete(page);
    take(new Subject.Checkout(page));
    assertThat(locked).containsExactly("GET /v1/checkout/sessions");
    assertThat(stripe.requests()).filteredOn("GET /v1/checkout/sessions"::equals).hasSize(1);
  }

  @Test
  void anInvoiceIsReadOnce() {
    var invoice = stripe.all("invoice").getFirst().path("id").asText();
    take(new Subject.Invoice(invoice));
    assertThat(locked)
        .containsExactly("GET /v1/invoices/" + invoice, "GET /v1/invoices/" + invoice + "/lines");
  }

  @Test
  void refundsAndDisputesAreReadOnce() {
    var charge = charge(customer());
    var dispute =
        stripe.put(
            "dispute",
            "dp",
            Map.of("charge", charge, "amount", 5, "currency", "usd", "status", "needs_response"));
    take(new Subject.Dispute(dispute));
    assertThat(locked).containsExactly("GET /v1/disputes/" + dispute);
    locked.clear();
    shop.billing.notices().take(new Notice("evt_2", "", new Subject.Charge(charge)), 7);
    assertThat(locked).containsExactly("GET /v1/refunds");
  }

  @Test
  void whatBelongsToNoTenantIsNotReadAgain() {
    take(new Subject.Charge(charge("cus_foreign")));
    assertThat(locked).isEmpty();
  }
}
