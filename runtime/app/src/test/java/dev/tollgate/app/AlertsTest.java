package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tenant's webhook is told of thresholds, by a whole runtime, and {@code /v1/alerts} tells how.
 */
@NullUnmarked
class AlertsTest {

  private static final Map<String, Object> ANY_ADDRESS =
      Map.of("tollgate.webhooks.any-address", "true");

  @TempDir Path manifests;
  @TempDir Path data;
  private WebhookReceiver receiver;
  private RunningRuntime runtime;
  private String overage = "{mode: Block}";

  @BeforeEach
  void start() throws IOException {
    receiver = new WebhookReceiver();
  }

  @AfterEach
  void stop() {
    if (runtime != null) {
      runtime.close();
    }
    receiver.close();
  }

  private void up(Map<String, Object> settings, String url, String secret) throws IOException {
    var file = manifests.resolve("secret.yaml");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: hooks, labels: {tollgate.dev/use: webhook}}
        stringData: {secret: %s}
        """
            .formatted(secret));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    var routes =
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: ten}
        spec:
          displayName: Ten
          price: {amount: "0", currency: USD}
          meters: [{name: requests, included: 10, overage: %s, alertPercents: [50]}]
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: told}
        spec:
          plan: ten
          alerts: {webhook: {url: "%s", secretRef: {name: hooks, key: secret}}}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: ApiRoute
        metadata: {name: json}
        spec:
          match: {path: /v1/tools/json}
          backends: [{name: json, builtin: JsonTool}]
        """
            .formatted(overage, url);
    runtime = RunningRuntime.start(data, manifests, routes, settings);
  }

  private void call(int times) throws Exception {
    for (int i = 0; i < times; i++) {
      var post =
          runtime.request("told", "/v1/tools/json/minify").POST(BodyPublishers.ofString("1"));
      assertThat(runtime.send(post).statusCode()).isEqualTo(200);
    }
  }

  private JsonNode alerts() {
    try {
      var answer = runtime.get("told", "/v1/alerts");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return new ObjectMapper().readTree(answer.body()).path("alerts");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void eachThresholdIsToldOnceAndSigned() throws Exception {
    up(ANY_ADDRESS, receiver.url(), WebhookReceiver.SECRET);
    call(5);
    await(() -> receiver.events.size() == 1);
    call(5);
    await(() -> receiver.events.size() == 2);
    assertThat(receiver.refused).isEmpty();
    var event = receiver.events.getFirst();
    assertThat(event.path("type").asText()).isEqualTo("usage.alert");
    assertThat(event.at("/data/tenant").asText()).isEqualTo("told");
    assertThat(event.at("/data/meter").asText()).isEqualTo("requests");
    assertThat(event.at("/data/percent").asInt()).isEqualTo(50);
    assertThat(event.at("/data/included").asInt()).isEqualTo(10);
    assertThat(receiver.ids).doesNotHaveDuplicates();
    await(() -> alerts().at("/1/delivery/state").asText().equals("delivered"));
    await(() -> alerts().at("/0/delivery/state").asText().equals("delivered"));
    assertThat(alerts().at("/1/id").asText()).isEqualTo(receiver.ids.getFirst());
    assertThat(alerts().at("/0/percent").asInt()).as("the latest first").isEqualTo(100);
    assertThat(receiver.events.getLast().at("/data/percent").asInt())
        .as("told, since more is refused, though the plan names only 50")
        .isEqualTo(100);
  }

  @Test
  void aThresholdIsToldAgainWhenMoreIsIncludedAndItIsReachedAnew() throws Exception {
    up(ANY_ADDRESS, receiver.url(), WebhookReceiver.SECRET);
    call(5);
    await(() -> receiver.events.size() == 1);
    var routes = manifests.resolve("routes.yaml");
    Files.writeString(routes, Files.readString(routes).replace("included: 10,", "included: 20,"));
    await(() -> runtime.usage("told").at("/meters/0/included").asInt() == 20);
    call(5);
    await(() -> receiver.events.size() == 2);
    assertThat(receiver.events.getLast().at("/data/percent").asInt()).isEqualTo(50);
    assertThat(receiver.events.getLast().at("/data/included").asInt()).isEqualTo(20);
    assertThat(receiver.ids).doesNotHaveDuplicates();
    await(() -> alerts().at("/0/delivery/state").asText().equals("delivered"));
    assertThat(alerts()).extracting(a -> a.path("included").asInt()).containsExactly(20, 10);
    await(() -> runtime.usage("told").at("/meters/0/alerts/0").has("at"));
  }

  @Test
  void aPlanThatSellsMoreAlertsOnlyAtTheThresholdsThatItNames() throws Exception {
    overage = "{mode: Bill, tiers: [{unitPrice: \"0.01\"}]}";
    up(ANY_ADDRESS, receiver.url(), WebhookReceiver.SECRET);
    call(12);
    await(() -> runtime.usage("told").at("/total/requests").asInt() == 12);
    await(() -> alerts().at("/0/delivery/state").asText().equals("delivered"));
    Thread.sleep(2500); // thresholds are looked at once a second
    assertThat(alerts()).hasSize(1);
    assertThat(alerts().at("/0/percent").asInt()).isEqualTo(50);
    assertThat(receiver.events).hasSize(1);
  }

  @Test
  void whatTheReceiverDoesNotTakeIsSentAgainUnderTheSameId() throws Exception {
    receiver.answers.add(503);
    up(ANY_ADDRESS, receiver.url(), WebhookReceiver.SECRET);
    call(5);
    await(() -> alerts().at("/0/delivery/lastStatus").asInt() == 503);
    var waiting = alerts().at("/0/delivery");
    assertThat(waiting.path("state").asText()).isEqualTo("pending");
    assertThat(waiting.path("nextAttempt").asText()).isNotEmpty();
    for (int i = 0; i < 100 && receiver.ids.size() < 2; i++) {
      Thread.sleep(100);
    }
    assertThat(receiver.ids).hasSize(2).containsOnly(receiver.ids.getFirst());
    await(() -> alerts().at("/0/delivery/state").asText().equals("delivered"));
    assertThat(alerts().at("/0/delivery/attempts").asInt()).isEqualTo(2);
  }

  @Test
  void aReceiverThatIsGoneIsLeftAlone() throws Exception {
    receiver.answers.add(410);
    up(ANY_ADDRESS, receiver.url(), WebhookReceiver.SECRET);
    call(5);
    await(() -> alerts().at("/0/delivery/state").asText().equals("given-up"));
    assertThat(alerts().at("/0/delivery").has("nextAttempt")).isFalse();
  }

  @Test
  void addressesThatAreNotPublicAreNeverCalled() throws Exception {
    up(Map.of(), receiver.url(), WebhookReceiver.SECRET);
    call(5);
    await(() -> alerts().at("/0/delivery/lastError").asText().contains("not a public address"));
    assertThat(receiver.ids).isEmpty();
    assertThat(receiver.refused).isEmpty();
  }

  @Test
  void namesThatLeadToAddressesThatAreNotPublicAreNeverCalled() throws Exception {
    up(Map.of(), receiver.url().replace("127.0.0.1", "localhost"), WebhookReceiver.SECRET);
    call(5);
    await(() -> alerts().at("/0/delivery/lastError").asText().contains("not a public address"));
    assertThat(receiver.ids).isEmpty();
    assertThat(receiver.refused).isEmpty();
  }

  @Test
  void redirectsAreNotFollowed() throws Exception {
    receiver.answers.add(307);
    up(ANY_ADDRESS, receiver.url(), WebhookReceiver.SECRET);
    call(5);
    await(() -> alerts().at("/0/delivery/lastStatus").asInt() == 307);
    assertThat(receiver.ids).hasSize(1);
  }

  @Test
  void aSecretThatIsNoneIsToldWithoutBeingRepeated() throws Exception {
    up(ANY_ADDRESS, receiver.url(), "whsec_hunter2");
    call(5);
    await(() -> alerts().at("/0/delivery/lastError").asText().contains("24 to 64 random bytes"));
    assertThat(alerts().toString()).doesNotContain("hunter2");
    assertThat(receiver.refused).isEmpty();
  }
}
