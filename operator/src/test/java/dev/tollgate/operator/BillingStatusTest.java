package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.common.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The provider's status tells how billing stands, as the replica does that does its work. */
@NullUnmarked
class BillingStatusTest {

  private static final String BILLING = "/tollgate/billing";
  private static final String NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();

  private Replica replica;
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(() -> 204);
    replica.serves(1);
    replica.tells(BILLING, IDLE);
    platform = new Platform(replica.port());
    platform.apply(POOLS + PROVIDER);
    replica.joins(platform, "default");
    await("it is known", () -> reconciled().status().equals("Unknown"));
  }

  @AfterEach
  void stop() {
    platform.close();
    replica.close();
  }

  @Test
  void whatAgreesIsReconciledAndCounted() {
    replica.tells(BILLING, report(NOW, 0, "", 0, ""));
    await("it is reconciled", () -> reconciled().status().equals("True"));
    var status = provider().getStatus();
    assertThat(status.lastReconciled()).isEqualTo(NOW);
    assertThat(status.customers()).isEqualTo(7);
    assertThat(status.openEvents()).isEqualTo(3);
    assertThat(status.owing()).isEqualTo(2);
    assertThat(status.suspended()).isEqualTo(1);
    assertThat(status.drift()).isZero();
  }

  @Test
  void whatDiffersIsToldInWordsAndWithAnEvent() throws Exception {
    replica.tells(BILLING, report(NOW, 0, "", 0, ""));
    await("it is reconciled", () -> reconciled().status().equals("True"));
    var difference =
        """
        {"tenant":"acme","cycle":"2026-11-01","meter":"requests","units":-100}\
        """;
    replica.tells(BILLING, report(NOW, 100, difference, 0, ""));
    await("it differs", () -> reconciled().reason().equals("Drift"));
    assertThat(reconciled().status()).isEqualTo("False");
    assertThat(reconciled().message())
        .isEqualTo(
            "Ledger and meters are 100 units apart. requests of tenant acme in the cycle from"
                + " 2026-11-01: 100 units were counted and never sent; see who else sends events"
                + " of this meter.");
    assertThat(platform.events("Drift"))
        .singleElement()
        .satisfies(event -> assertThat(event.getType()).isEqualTo("Warning"));
    // another replica takes over and has yet to compare
    replica.tells(BILLING, IDLE);
    Thread.sleep(12_000);
    assertThat(reconciled().reason()).isEqualTo("Drift");
    assertThat(provider().getStatus().drift()).isEqualTo(100);
  }

  @Test
  void aTenantWhoseBillingFailsIsNamedWithTheReason() {
    replica.tells(
        BILLING, report(NOW, 0, "", 1, "{\"tenant\":\"acme\",\"reason\":\"Stripe: status 401\"}"));
    await("it is told", () -> reconciled().reason().equals("BillingFailed"));
    assertThat(reconciled().message())
        .isEqualTo(
            "The billing of 1 tenants failed and is tried again each minute. acme: Stripe: status"
                + " 401.");
  }

  @Test
  void aPlanThatIsBilledSaysFromWhenOnAChangeOfItIs() {
    platform.apply(
        Manifests.PLAN
            + """
            apiVersion: tollgate.dev/v1alpha1
            kind: Plan
            metadata: {name: pro}
            spec: {price: {amount: "9.00", currency: USD, per: Month}, meters: [{name: requests}]}
            """);
    await("it is told", () -> accepted("pro").contains("from its next cycle on"));
    await("not of one that costs nothing", () -> accepted("basic").equals("Valid."));
  }

  private String accepted(String plan) {
    return platform.condition("Plan", plan, "Accepted").message();
  }

  @Test
  void aComparisonThatIsOverdueIsTold() {
    var old = Instant.parse(NOW).minus(4, ChronoUnit.HOURS).toString();
    replica.tells(BILLING, report(old, 0, "", 0, ""));
    await("it is told", () -> reconciled().reason().equals("NotCompared"));
    assertThat(reconciled().message()).contains(old, "role Worker");
  }

  @Test
  void aProviderThatCannotBeUsedIsNeitherProgrammedNorReconciled() throws Exception {
    replica.tells(BILLING, report(NOW, 0, "", 0, ""));
    await("it is reconciled", () -> reconciled().status().equals("True"));
    var agrees = report(NOW, 0, "", 0, "").strip();
    replica.tells(
        BILLING, agrees.substring(0, agrees.length() - 1) + ",\"trouble\":\"Stripe: status 401\"}");
    await("it is told", () -> reconciled().reason().equals("ProviderRefuses"));
    assertThat(reconciled().status()).isEqualTo("False");
    assertThat(reconciled().message()).contains("Stripe: status 401");
    assertThat(programmed().status()).isEqualTo("False");
    replica.tells(BILLING, agrees);
    await("it is reconciled again", () -> reconciled().status().equals("True"));
    await("it is programmed again", () -> programmed().status().equals("True"));
    platform.client().secrets().inNamespace(platform.namespace()).withName("stripe").delete();
    await("it is told", () -> reconciled().reason().equals("NotResolved"));
    assertThat(reconciled().message()).contains("Secret stripe is not there");
    assertThat(programmed().status()).isEqualTo("False");
    assertThat(programmed().reason()).isEqualTo("NotResolved");
  }

  private Condition programmed() {
    return platform.condition("BillingProvider", "stripe", "Programmed");
  }

  private BillingProvider provider() {
    return platform
        .client()
        .resources(BillingProvider.class)
        .inNamespace(platform.namespace())
        .withName("stripe")
        .get();
  }

  private Condition reconciled() {
    return platform.condition("BillingProvider", "stripe", "Reconciled");
  }

  private static final String IDLE =
      """
      {"drift":0,"differences":[],"waiting":[],"failures":0,"customers":0,"openEvents":0,
       "owing":0,"suspended":0}
      """;

  private static String report(
      String compared, int drift, String differences, int failures, String waiting) {
    return """
    {"compared":"%s","drift":%d,"differences":[%s],"failures":%d,"waiting":[%s],"customers":7,
     "openEvents":3,"owing":2,"suspended":1}
    """
        .formatted(compared, drift, differences, failures, waiting);
  }

  private static final String PROVIDER =
      """
      apiVersion: v1
      kind: Secret
      metadata:
        name: stripe
        labels: {tollgate.dev/use: billing}
      stringData: {api-key: abc, webhook: def}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: BillingProvider
      metadata: {name: stripe}
      spec:
        stripe:
          apiKeySecretRef: {name: stripe, key: api-key}
          webhookSecretRefs: [{name: stripe, key: webhook}]
      """;
}
