package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.stripe.StripeClient;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tollgate.billing.engine.CreditDraft;
import dev.tollgate.billing.engine.CustomerDraft;
import dev.tollgate.billing.engine.InvoiceDraft;
import dev.tollgate.billing.engine.ItemDraft;
import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.engine.SubscriptionDraft;
import dev.tollgate.billing.engine.UsageEvent;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.stripe.StripeBilling;
import dev.tollgate.core.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The shapes of requests, judged by Stripe's own mock (https://github.com/stripe/stripe-mock),
 * which checks parameters against Stripe's OpenAPI description. It keeps nothing and finds
 * everything, so what is looked for is answered here as absent, and whatever would be made is
 * judged.
 */
class StripeMockTest {

  private static Process mock;
  private static HttpServer front;
  private static URI address;
  private static StripeBilling stripe;

  @BeforeAll
  static void start() throws Exception {
    var binary = binary();
    if (!Files.isExecutable(binary)) {
      var left =
          "Left out: StripeMockTest, the shapes of all Stripe requests; Go did not build " + binary;
      System.out.println(left);
      assertThat(System.getenv("CI")).as(left + ", and CI leaves nothing out").isNotEqualTo("true");
      assumeTrue(false, left);
    }
    var port = FreePort.find();
    mock =
        new ProcessBuilder(binary.toString(), "-http-port", Integer.toString(port))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    address = URI.create("http://127.0.0.1:" + port);
    front = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    front.createContext("/", StripeMockTest::pass);
    front.start();
    var client =
        StripeClient.builder()
            .setApiKey("sk_test_123")
            .setApiBase("http://127.0.0.1:" + front.getAddress().getPort())
            .build();
    stripe = new StripeBilling(() -> client, "test", true);
  }

  @AfterAll
  static void end() {
    if (mock != null) {
      front.stop(0);
      mock.destroy();
    }
  }

  /** Built by Go when it is not there; a machine without Go leaves this test out, CI must not. */
  private static Path binary() throws Exception {
    var cache = System.getenv("TOLLGATE_CACHE");
    var home =
        cache == null
            ? Path.of(System.getProperty("user.home"), ".cache/tollgate")
            : Path.of(cache);
    var binary = home.resolve("bin/stripe-mock");
    if (!Files.isExecutable(binary)) {
      Files.createDirectories(binary.getParent());
      var go =
          new ProcessBuilder("sh", "-c", "go install github.com/stripe/stripe-mock@v0.203.0")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD);
      go.environment().put("GOBIN", binary.getParent().toString());
      var building = go.start();
      if (!building.waitFor(5, TimeUnit.MINUTES)) {
        building.destroyForcibly();
      }
    }
    return binary;
  }

  private static void pass(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI();
    var body = exchange.getRequestBody().readAllBytes();
    try {
      int status;
      byte[] answer;
      if (exchange.getRequestMethod().equals("GET") && absent(path.getPath())) {
        status = path.getPath().startsWith("/v1/products/") ? 404 : 200;
        answer =
            (status == 404
                    ? "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_missing\"}}"
                    : "{\"object\":\"list\",\"data\":[],\"has_more\":false,\"url\":\"/v1\"}")
                .getBytes(StandardCharsets.UTF_8);
      } else {
        var request =
            HttpRequest.newBuilder(address.resolve(path.toString()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Authorization", "Bearer sk_test_123")
                .header("Content-Type", "application/x-www-form-urlencoded");
        var response = send(request.build());
        status = response.statusCode();
        // an address of its fixtures is a pattern
        answer =
            new String(response.body(), StandardCharsets.UTF_8)
                .replace("{SESSION_SECRET}", "secret")
                .getBytes(StandardCharsets.UTF_8);
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, answer.length);
      exchange.getResponseBody().write(answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private static boolean absent(String path) {
    return path.startsWith("/v1/products")
        || path.equals("/v1/prices")
        || path.equals("/v1/billing/meters");
  }

  private static HttpResponse<byte[]> send(HttpRequest request)
      throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      for (int attempt = 1; ; attempt++) {
        try {
          return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException notStartedYet) {
          if (attempt == 50) {
            throw notStartedYet;
          }
          Thread.sleep(100);
        }
      }
    }
  }

  private static Terms terms() {
    return Terms.of(Shop.plan("basic", 900, 1_000)).orElseThrow();
  }

  @Test
  void plansAreShapedRight() {
    assertThatCode(() -> stripe.publish(terms())).doesNotThrowAnyException();
  }

  @Test
  void customersAndSubscriptionsAreShapedRight() {
    stripe.createCustomer(new CustomerDraft("t1", "ACME", "ops@acme.example"), "k1");
    stripe.createCustomer(new CustomerDraft("t2", "Nobody", null), "k1-2");
    stripe.findCustomer("t1");
    stripe.findSubscription("cus_1");
    stripe.createSubscription(
        new SubscriptionDraft(
            "t1", "cus_1", terms(), "r1", null, Instant.parse("2026-11-30T23:00:00Z"), 7),
        "k2");
    stripe.createSubscription(
        new SubscriptionDraft(
            "t1",
            "cus_1",
            terms(),
            "r1",
            Instant.parse("2026-10-31T23:00:00Z"),
            Instant.parse("2026-11-30T23:00:00Z"),
            7),
        "k3");
    stripe.endAtPeriodEnd("sub_1", true);
    stripe.chargeAutomatically("sub_1", "pm_1");
  }

  @Test
  void aChangeOfPlanIsShapedRight() {
    stripe.changeAtPeriodEnd("sub_1", terms());
    for (var proration : Proration.values()) {
      stripe.changeNow("sub_1", terms(), proration, "change-" + proration);
    }
    assertThat(stripe.has("sub_1", terms())).isFalse();
  }

  @Test
  void usageIsShapedRight() {
    stripe.report(
        new UsageEvent("t1/usage/1", "cus_1", "requests", 5, Instant.ofEpochSecond(1_700_000_000)),
        "k4");
    stripe.reported(
        "cus_1",
        "requests",
        Instant.parse("2026-10-31T23:00:00Z"),
        Instant.parse("2026-11-30T23:00:00Z"));
  }

  @Test
  void invoicesAndItemsAreShapedRight() {
    stripe.createInvoice(new InvoiceDraft("m", "cus_1", "USD", 7, "Usage"), "k5");
    stripe.createItem(new ItemDraft("m", "cus_1", null, "in_1", "USD", 5_000_000, "Usage"), "k6");
    stripe.createItem(new ItemDraft("m", "cus_1", "sub_1", null, "USD", -5_000_000, "Usage"), "k7");
    stripe.findItem("cus_1", "m");
    stripe.findInvoice("cus_1", "m");
    stripe.finish("in_1");
    stripe.invoice("in_1");
    stripe.invoices("cus_1", Instant.ofEpochSecond(1_700_000_000));
    stripe.cycleInvoice("sub_1", Instant.parse("2026-11-30T23:00:00Z"));
  }

  @Test
  void refundsAndDisputesAreShapedRight() {
    assertThat(stripe.adjustments(new Notice.Subject.Charge("ch_1"), true)).isNotNull();
    assertThat(stripe.adjustments(new Notice.Subject.Refund("re_1"), true)).hasSize(1);
    assertThat(stripe.adjustments(new Notice.Subject.Dispute("dp_1"), true)).hasSize(1);
    var after = Instant.ofEpochSecond(1_700_000_000);
    assertThat(stripe.customer(new Notice.Subject.Charge("ch_1"))).isNotNull();
    assertThat(stripe.customer(new Notice.Subject.Checkout("cs_1"))).isNotNull();
    assertThat(stripe.customer(new Notice.Subject.Invoice("in_1"))).isPresent();
    assertThat(stripe.refunds(after, null).found()).isNotEmpty();
    assertThat(stripe.refunds(after, "re_1").found()).isNotEmpty();
    assertThat(stripe.disputes(after, null).found()).isNotEmpty();
    assertThat(stripe.disputes(after, "dp_1").found()).isNotEmpty();
  }

  @Test
  void creditsAndPagesAreShapedRight() {
    stripe.createCredit(
        new CreditDraft("m", "cus_1", "Welcome", "USD", 5_000_000_000L, null), "k8");
    stripe.findCredit("cus_1", "m");
    assertThat(
            stripe.checkout(
                "cus_1", "USD", URI.create("https://a.example"), URI.create("https://b.example")))
        .isNotNull();
    assertThat(stripe.paymentMethod("cus_1")).isNotNull();
    assertThat(stripe.portal("cus_1", URI.create("https://a.example"))).isNotNull();
  }
}
