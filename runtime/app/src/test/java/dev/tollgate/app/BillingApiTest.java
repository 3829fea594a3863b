package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.stripe.net.Webhook;
import dev.tollgate.app.wiring.AdminToken;
import dev.tollgate.billing.fake.FakeStripe;
import dev.tollgate.billing.work.BillingWorker;
import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.tenancy.LiveServing;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Billing as tenants, Stripe and the administrator call it, in a whole runtime. */
@NullUnmarked
class BillingApiTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MANIFESTS =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: basic}
      spec:
        displayName: Basic
        price: {amount: "9.00", currency: USD}
        meters: [{name: requests, included: 10, overage: {mode: Bill, tiers: [{unitPrice: "0.01"}]}}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: payer}
      spec:
        plan: basic
        alerts: {webhook: {url: "%s", secretRef: {name: hooks, key: secret}}}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: other}
      spec: {plan: basic}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: BillingProvider
      metadata: {name: stripe}
      spec:
        stripe:
          apiKeySecretRef: {name: stripe, key: api-key}
          webhookSecretRefs: [{name: stripe, key: old}, {name: stripe, key: new}]
          apiBase: "%s"
        graceDays: %d
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: ApiRoute
      metadata: {name: json}
      spec:
        match: {path: /v1/tools/json}
        backends: [{name: json, builtin: JsonTool}]
      """;

  @TempDir Path manifests;
  @TempDir Path data;
  private final FakeStripe stripe = new FakeStripe(Instant.now());
  private WebhookReceiver receiver;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    receiver = new WebhookReceiver();
    secret("stripe", "billing", "{api-key: sk_test_1, old: whsec_old, new: whsec_new}");
    secret("hooks", "webhook", "{secret: " + WebhookReceiver.SECRET + "}");
    runtime =
        RunningRuntime.start(
            data, manifests, manifests(7), Map.of("tollgate.webhooks.any-address", "true"));
    await(() -> {
      bill();
      return stripe.all("subscription").size() == 2;
    });
  }

  private String manifests(int graceDays) {
    return MANIFESTS.formatted(receiver.url(), stripe.base(), graceDays);
  }

  private void secret(String name, String use, String values) throws IOException {
    var file = manifests.resolve("secret-" + name + ".yaml");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: %s, labels: {tollgate.dev/use: %s}}
        stringData: %s
        """
            .formatted(name, use, values));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @AfterEach
  void stop() {
    runtime.close();
    receiver.close();
    stripe.close();
  }

  /** What the worker does each minute. */
  private void bill() {
    runtime.context.getBean(BillingWorker.class).tick();
  }

  private HttpResponse<String> post(String tenant, String path, String body) throws Exception {
    return runtime.send(
        runtime
            .request(tenant, path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private static JsonNode json(HttpResponse<String> answer, int status) throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return JSON.readTree(answer.body());
  }

  private String customer(String tenant) {
    return stripe.all("customer").stream()
        .filter(c -> c.path("name").asText().equals(tenant))
        .findFirst()
        .orElseThrow()
        .path("id")
        .asText();
  }

  private String invoice(String tenant) {
    return stripe.all("invoice").stream()
        .filter(i -> i.path("customer").asText().equals(customer(tenant)))
        .findFirst()
        .orElseThrow()
        .path("id")
        .asText();
  }

  @Test
  void theCheckoutAndThePortalArePagesOfTheTenantsOwnCustomer() throws Exception {
    var back = "{\"returnUrl\": \"https://payer.example/account\"}";
    assertThat(json(post("payer", "/v1/billing/checkout", back), 200).path("url").asText())
        .isEqualTo("https://checkout.example/pay");
    assertThat(json(post("payer", "/v1/billing/portal", back), 200).path("url").asText())
        .isEqualTo("https://portal.example/p");
    assertThat(stripe.all("checkout.session").getFirst().path("customer").asText())
        .isEqualTo(customer("payer"));
    assertThat(stripe.all("billing_portal.session").getFirst().path("customer").asText())
        .isEqualTo(customer("payer"));
  }

  @Test
  void aPageGoesBackToAnHttpsAddressOnly() throws Exception {
    for (var wrong :
        new String[] {
          "{}",
          "",
          "{\"returnUrl\": \"http://payer.example/\"}",
          "{\"returnUrl\": \"javascript:alert(1)\"}",
          "{\"returnUrl\": \"https://user@payer.example/\"}",
          "{\"returnUrl\": \"https://\"}",
          "{\"returnUrl\": \" \"}"
        }) {
      var answer = json(post("payer", "/v1/billing/checkout", wrong), 422);
      assertThat(answer.path("type").asText()).as(wrong).contains("no-return-url");
    }
    for (var page : new String[] {"checkout", "portal"}) {
      var unknown = post("payer", "/v1/billing/" + page, "{\"returnURL\": \"https://a.example/\"}");
      var problem = json(unknown, 400);
      assertThat(problem.path("type").asText()).contains("bad-request");
      assertThat(problem.path("pointer").asText()).isEqualTo("/returnURL");
    }
    assertThat(stripe.all("checkout.session")).isEmpty();
  }

  @Test
  void whoPaysNothingHasNoPages() throws Exception {
    var answer = json(post("acme", "/v1/billing/portal", "{}"), 409);
    assertThat(answer.path("type").asText()).contains("not-billed");
    var state = json(runtime.get("acme", "/v1/billing"), 200);
    assertThat(state.path("standing").asText()).isEqualTo("GOOD");
    assertThat(state.has("preview")).isFalse();
  }

  @Test
  void aKeyMayOnlyDoWhatItsScopesSay() throws Exception {
    var keys = runtime.context.getBean(KeyRing.class);
    var id = runtime.context.getBean(LiveServing.class).current().tenantIds().get("payer");
    var reading = keys.create(id, "reading", Set.of("billing:read"), null);
    var usage = keys.create(id, "usage", Set.of("usage:read"), null);
    assertThat(as(reading.secret(), "GET", "/v1/billing").statusCode()).isEqualTo(200);
    assertThat(as(reading.secret(), "POST", "/v1/billing/portal").statusCode()).isEqualTo(403);
    assertThat(as(usage.secret(), "GET", "/v1/billing/invoices").statusCode()).isEqualTo(403);
    assertThat(as("wrong", "GET", "/v1/billing").statusCode()).isEqualTo(401);
  }

  private HttpResponse<String> as(String key, String method, String path) throws Exception {
    return runtime.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + runtime.port + path))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString("{}")));
  }

  @Test
  void thePreviewIsWhatWasUsedSoFar() throws Exception {
    for (int i = 0; i < 15; i++) {
      assertThat(post("payer", "/v1/tools/json/minify", "1").statusCode()).isEqualTo(200);
    }
    await(() -> preview().at("/lines/1/quantity").asInt() == 15);
    // subscribed a moment ago, so the fee is for the rest of the month
    var fee = new BigDecimal(preview().at("/lines/0/amount/amount").asText());
    assertThat(fee).isBetween(BigDecimal.ZERO, new BigDecimal("9.00"));
    assertThat(preview().at("/lines/1/amount/amount").asText()).isEqualTo("0.05");
    assertThat(new BigDecimal(preview().at("/total/amount").asText()))
        .isEqualTo(fee.add(new BigDecimal("0.05")));
  }

  @Test
  void anotherPriceOfThePlanIsShownBeforeItHolds() throws Exception {
    assertThat(state().has("nextPlan")).isFalse();
    var dearer = manifests(7).replace("amount: \"9.00\"", "amount: \"12.50\"");
    assertThat(dearer).contains("12.50");
    Files.writeString(manifests.resolve("routes.yaml"), dearer);
    await(() -> {
      bill();
      return state().has("nextPlan");
    });
    var state = state();
    assertThat(state.path("nextPlan").asText()).isEqualTo(state.path("plan").asText());
    assertThat(state.path("nextFee").path("amount").asText()).isEqualTo("12.50");
    assertThat(state.at("/preview/lines/0/amount/amount").asText()).isNotEqualTo("12.50");
  }

  private JsonNode preview() {
    return state().path("preview");
  }

  private JsonNode state() {
    try {
      return json(runtime.get("payer", "/v1/billing"), 200);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String event(String id, String type, String kind, String object) {
    return """
    {"id":"%s","type":"%s","data":{"object":{"id":"%s","object":"%s","status":"paid"}}}\
    """
        .formatted(id, type, object, kind);
  }

  private HttpResponse<String> hook(String body, String signature) throws Exception {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://localhost:" + runtime.port + "/billing/stripe/webhook"))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json; charset=utf-8")
            .POST(BodyPublishers.ofString(body));
    if (signature != null) {
      request.header("Stripe-Signature", signature);
    }
    return runtime.send(request);
  }

  private static String signed(String body, String secret, Instant at) throws Exception {
    return Webhook.Signature.generateSignatureHeader(body, secret, at.getEpochSecond());
  }

  private void told(String body) throws Exception {
    assertThat(hook(body, signed(body, "whsec_new", Instant.now())).statusCode()).isEqualTo(204);
  }

  @Test
  void onlyWhatALiveSecretSignedNowIsTaken() throws Exception {
    var body = event("evt_1", "invoice.paid", "invoice", invoice("payer"));
    stripe.change(invoice("payer"), i -> i.put("status", "paid"));
    var now = Instant.now();
    assertThat(json(hook(body, null), 400).path("type").asText()).contains("bad-signature");
    assertThat(hook(body, "t=1,v1=00").statusCode()).isEqualTo(400);
    assertThat(hook(body, signed(body, "whsec_other", now)).statusCode()).isEqualTo(400);
    assertThat(hook(body, signed(body, "whsec_old", now.minusSeconds(360))).statusCode())
        .isEqualTo(400);
    assertThat(hook(body + " ", signed(body, "whsec_old", now)).statusCode()).isEqualTo(400);
    assertThat(orders("payer").at("/0/state").asText()).isEqualTo("OPEN");
    assertThat(hook(body, signed(body, "whsec_old", now)).statusCode()).isEqualTo(204);
    assertThat(hook(body, signed(body, "whsec_new", now)).statusCode()).as("again").isEqualTo(204);
    assertThat(orders("payer").at("/0/state").asText()).isEqualTo("PAID");
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedAndTheNextOneIsTaken() throws Exception {
    var large = "{\"id\":\"" + "x".repeat(600 * 1024) + "\"}";
    assertThat(hook(large, signed(large, "whsec_new", Instant.now())).statusCode()).isEqualTo(413);
    told(event("evt_2", "invoice.paid", "invoice", invoice("payer")));
  }

  @Test
  void aSignedBodyThatIsNoEventIsToldFromAWrongSignature() throws Exception {
    for (var body : new String[] {"{\"id\":", "", "[]", "{\"id\":\"evt_1\"}"}) {
      var answer = json(hook(body, signed(body, "whsec_new", Instant.now())), 400);
      assertThat(answer.path("type").asText()).as(body).contains("bad-event");
    }
  }

  @Test
  void whatIsNotKnownIsTakenAndChangesNothing() throws Exception {
    told(event("evt_1", "customer.created", "customer", "cus_1"));
    told("{\"id\":\"evt_2\",\"type\":\"invoice.paid\",\"data\":{}}");
    var foreign = stripe.put("customer", "cus", Map.of("name", "Another business"));
    var invoice = invoice("payer");
    stripe.change(invoice, i -> i.put("customer", foreign).put("status", "paid"));
    told(event("evt_3", "invoice.paid", "invoice", invoice));
    for (var tenant : new String[] {"payer", "other"}) {
      assertThat(orders(tenant)).as(tenant).hasSize(1);
      assertThat(orders(tenant).at("/0/state").asText()).as(tenant).isEqualTo("OPEN");
    }
  }

  private JsonNode orders(String tenant) throws Exception {
    return json(runtime.get(tenant, "/v1/billing/invoices"), 200).path("invoices");
  }

  private void change(String invoice, Consumer<ObjectNode> change) throws Exception {
    stripe.change(invoice, change);
    told(event("evt_" + System.nanoTime(), "invoice.updated", "invoice", invoice));
  }

  @Test
  void whoDoesNotPayIsToldAndSuspendedAndServedAgainOncePaid() throws Exception {
    var invoice = invoice("payer");
    change(invoice("other"), i -> i.put("status", "paid"));
    change(invoice, i -> i.put("attempt_count", 1).put("total", 300));
    assertThat(status("payer")).as("served in the days of grace").isEqualTo(200);
    Files.writeString(manifests.resolve("routes.yaml"), manifests(0));
    for (int i = 0; i < 100 && graceDays() != 0; i++) {
      Thread.sleep(100);
    }
    bill();
    await(() -> status("payer") == 403);
    assertThat(status("other")).as("nobody else").isEqualTo(200);
    var state = json(runtime.get("payer", "/v1/billing"), 200);
    assertThat(state.path("standing").asText()).isEqualTo("SUSPENDED");
    assertThat(orders("payer").at("/0/state").asText()).isEqualTo("FAILED");
    assertThat(orders("other").at("/0/state").asText()).isEqualTo("PAID");
    change(invoice, i -> i.put("status", "paid").put("amount_paid", 300));
    await(() -> status("payer") == 200);
    await(() -> receiver.events.size() == 3);
    assertThat(receiver.events)
        .extracting(e -> e.path("type").asText())
        .containsExactlyInAnyOrder(
            "billing.payment_failed", "billing.suspended", "billing.resumed");
    assertThat(receiver.refused).isEmpty();
  }

  @Test
  void eachTenantSeesItsOwnAlertsWithAWebhookOrWithout() throws Exception {
    change(invoice("payer"), i -> i.put("attempt_count", 1).put("total", 300));
    await(() -> alerts("payer").at("/0/delivery/state").asText().equals("delivered"));
    assertThat(alerts("payer")).hasSize(1);
    assertThat(alerts("payer").at("/0/id").asText()).isEqualTo(receiver.ids.getFirst());
    assertThat(alerts("payer").at("/0/type").asText()).isEqualTo("billing.payment_failed");
    assertThat(alerts("payer").at("/0/data/owed/amount").asText()).isEqualTo("3.00");
    assertThat(alerts("other")).as("nobody else's").isEmpty();
    change(invoice("other"), i -> i.put("attempt_count", 1).put("total", 500));
    assertThat(alerts("other")).hasSize(1);
    assertThat(alerts("other").at("/0/data/tenant").asText()).isEqualTo("other");
    assertThat(alerts("other").at("/0").has("delivery")).as("without a webhook").isFalse();
    assertThat(alerts("payer")).hasSize(1);
    var keys = runtime.context.getBean(KeyRing.class);
    var id = runtime.context.getBean(LiveServing.class).current().tenantIds().get("payer");
    var usage = keys.create(id, "usage", Set.of("usage:read"), null);
    assertThat(json(as(usage.secret(), "GET", "/v1/alerts"), 200).path("alerts"))
        .as("what is owed is for keys that may read it")
        .isEmpty();
  }

  private JsonNode alerts(String tenant) {
    try {
      return json(runtime.get(tenant, "/v1/alerts"), 200).path("alerts");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatTheTenantsWebhookDoesNotTakeIsSentAgain() throws Exception {
    receiver.answers.add(503);
    change(invoice("payer"), i -> i.put("attempt_count", 1).put("total", 300));
    for (int i = 0;
        i < 300 && receiver.ids.stream().distinct().count() == receiver.ids.size();
        i++) {
      Thread.sleep(100);
    }
    assertThat(receiver.ids.stream().filter(receiver.ids.getFirst()::equals)).hasSize(2);
    assertThat(receiver.refused).isEmpty();
  }

  private int graceDays() {
    return runtime.context.getBean(LiveServing.class).current().shared().billing().graceDays();
  }

  private int status(String tenant) {
    try {
      return post(tenant, "/v1/tools/json/minify", "1").statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> credit(String token, String tenant, String query) throws Exception {
    return runtime.client.send(
        HttpRequest.newBuilder(
                URI.create(
                    "http://localhost:"
                        + runtime.managementPort
                        + "/admin/tenants/"
                        + tenant
                        + "/credits?"
                        + query))
            .header("Authorization", "Bearer " + token)
            .POST(BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void theAdministratorGivesCreditOnceForEachKey() throws Exception {
    var token = Files.readString(AdminToken.file(data)).strip();
    var welcome = "key=welcome&amount=10.00&currency=USD";
    var id = json(credit(token, "payer", welcome), 201).path("id").asText();
    assertThat(json(credit(token, "payer", welcome), 201).path("id").asText()).isEqualTo(id);
    assertThat(stripe.all("billing.credit_grant")).hasSize(1);
    assertThat(credit("wrong", "payer", welcome).statusCode()).isEqualTo(401);
    assertThat(credit(token, "nobody", welcome).statusCode()).isEqualTo(404);
    assertThat(credit(token, "acme", welcome).statusCode()).isEqualTo(409);
    for (var wrong :
        new String[] {
          "key=a&amount=0&currency=USD",
          "key=a&amount=-1&currency=USD",
          "key=a&amount=0.001&currency=USD",
          "key=a&amount=ten&currency=USD",
          "key=a&amount=1&currency=XXQ",
          "key=a&amount=1E99&currency=USD",
          "key=welcome&amount=20.00&currency=USD",
          "key=a&amount=1&currency=EUR",
          "key=&amount=1&currency=USD",
          "key=" + "a".repeat(400) + "&amount=1&currency=USD"
        }) {
      assertThat(credit(token, "payer", wrong).statusCode()).as(wrong).isEqualTo(422);
    }
    assertThat(stripe.all("billing.credit_grant")).hasSize(1);
  }

  @Test
  void whileStripeIsAwayLinksAnswer503AndTheRestIsServed() throws Exception {
    stripe.close();
    var answer = post("payer", "/v1/billing/portal", "{\"returnUrl\": \"https://p.example/\"}");
    assertThat(json(answer, 503).path("type").asText()).contains("billing-unavailable");
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(runtime.get("payer", "/v1/billing").statusCode()).isEqualTo(200);
    assertThat(status("payer")).isEqualTo(200);
  }
}
