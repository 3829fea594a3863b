package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.tenant.QuotaState;
import dev.tollgate.crd.tenant.Tenant;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tenant's status tells how far its quota is, as a replica reads it from the ledger. */
@NullUnmarked
class QuotaTest {

  private Replica replica;
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(() -> 204);
    platform = new Platform(replica.port());
    platform.apply(POOLS + PLAN + Manifests.tenant("acme") + Manifests.tenant("globex"));
    replica.joins(platform, "default");
    await("acme is Ready", () -> quota("acme") == QuotaState.WithinIncluded);
  }

  @AfterEach
  void stop() {
    platform.close();
    replica.close();
  }

  @Test
  void whatTheLedgerSaysIsInTheStatusAndGoesWithTheNextCycle() throws Exception {
    replica.tells(Map.of("acme", "Alerted"));
    await("it is alerted", () -> quota("acme") == QuotaState.Alerted);
    replica.tells(Map.of("acme", "Blocked"));
    await("it is blocked", () -> quota("acme") == QuotaState.Blocked);
    replica.tells(Map.of());
    await("it begins anew", () -> quota("acme") == QuotaState.WithinIncluded);
  }

  @Test
  void aTenantWithoutAPlanHasNoQuota() throws Exception {
    platform.apply(Manifests.tenant("stray").replace("plan: basic", "plan: missing"));
    await(
        "its plan is missed",
        () -> platform.condition("Tenant", "stray", "Ready").reason().equals("PlanNotFound"));
    assertThat(quota("stray")).isNull();
  }

  @Test
  void onlyTheTenantThatChangedIsWritten() throws Exception {
    await("globex has a status", () -> quota("globex") == QuotaState.WithinIncluded);
    Thread.sleep(2000);
    var before = tenant("globex").getMetadata().getResourceVersion();
    replica.tells(Map.of("acme", "Blocked"));
    await("acme is blocked", () -> quota("acme") == QuotaState.Blocked);
    assertThat(tenant("globex").getMetadata().getResourceVersion()).isEqualTo(before);
  }

  @Test
  void aShardThatIsAwayKeepsTheQuotasOfItsTenantsAsTheyWereAndNoOthers() throws Exception {
    replica.tells(Map.of("acme", "Blocked"));
    await("it is blocked", () -> quota("acme") == QuotaState.Blocked);
    replica.tells(
        "/tollgate/quotas",
        "{\"quotas\":{\"globex\":\"Alerted\"},\"suspended\":[],\"unknown\":[\"acme\"]}");
    await("the other is alerted", () -> quota("globex") == QuotaState.Alerted);
    assertThat(quota("acme")).isEqualTo(QuotaState.Blocked);
  }

  @Test
  void whatIsKnownStaysWhileNoReplicaAnswers() throws Exception {
    replica.tells(Map.of("acme", "Blocked"));
    await("acme is blocked", () -> quota("acme") == QuotaState.Blocked);
    replica.close();
    platform.restartOperator();
    Thread.sleep(7000);
    assertThat(quota("acme")).isEqualTo(QuotaState.Blocked);
  }

  private Tenant tenant(String name) {
    return platform
        .client()
        .resources(Tenant.class)
        .inNamespace(platform.namespace())
        .withName(name)
        .get();
  }

  private QuotaState quota(String name) {
    return tenant(name).getStatus().quota();
  }
}
