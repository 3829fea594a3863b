package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Manifests.tenant;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.common.Condition;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tenant that is suspended is not Ready, and its status says who suspended it. */
@NullUnmarked
class SuspensionTest {

  private static final String SUSPENDED =
      tenant("acme").replace("plan: basic", "plan: basic, suspended: true");

  private Replica replica;
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(() -> 204);
    replica.serves(9);
    platform = new Platform(replica.port());
    platform.apply(POOLS + PLAN + tenant("acme"));
    replica.joins(platform, "default");
    await("acme is Ready", () -> ready().status().equals("True"));
  }

  @AfterEach
  void stop() {
    platform.close();
    replica.close();
  }

  @Test
  void notForASecretThatIsMissing() {
    platform.apply(
        tenant("acme")
            .replace(
                "plan: basic",
                "plan: basic, alerts: {webhook: {url: 'https://acme.example/hook', secretRef:"
                    + " {name: hook, key: k}}}, trusts: [{issuer: 'https://login.example',"
                    + " audiences: [api], hmacSecretRef: {name: hmac, key: k}}]"));
    await("they are missed", () -> refs().reason().equals("SecretNotFound"));
    assertThat(refs().message())
        .startsWith("(1) spec.trusts[0].hmacSecretRef: Secret hmac is not there")
        .contains(". (2) spec.alerts.webhook.secretRef: Secret hook");
    await("it is told", () -> ready().message().contains("What does not work: (1)"));
    assertThat(ready().message()).startsWith("The tenant can call with the key in its Secret.");
    assertThat(ready().status()).isEqualTo("True");
  }

  @Test
  void bySpecUntilItSaysOtherwise() {
    platform.apply(SUSPENDED);
    await("it is suspended", () -> ready().reason().equals("Suspended"));
    assertThat(ready().status()).isEqualTo("False");
    assertThat(ready().message()).contains("by its spec", "spec.suspended");
    platform.apply(tenant("acme"));
    await("it is Ready again", () -> ready().status().equals("True"));
  }

  @Test
  void forWhatItOwesUntilItHasPaid() {
    owes("\"acme\"");
    await("it is suspended", () -> ready().reason().equals("Suspended"));
    assertThat(ready().status()).isEqualTo("False");
    assertThat(ready().message()).contains("for what it owes");
    platform.restartOperator();
    assertThat(ready().reason()).isEqualTo("Suspended");
    owes("");
    await("it is Ready again", () -> ready().status().equals("True"));
  }

  private void owes(String names) {
    replica.tells("/tollgate/quotas", "{\"quotas\":{},\"suspended\":[" + names + "]}");
  }

  private Condition refs() {
    return platform.condition("Tenant", "acme", "ResolvedRefs");
  }

  private Condition ready() {
    return platform.condition("Tenant", "acme", "Ready");
  }
}
