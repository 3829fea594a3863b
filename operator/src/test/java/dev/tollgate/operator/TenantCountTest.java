package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A ShardPool tells how many tenants are placed on it. */
@NullUnmarked
class TenantCountTest {

  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
    platform.apply(POOLS);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  @Test
  void anEmptyPoolHasNone() {
    await("none is counted", () -> counted("default") == 0);
  }

  @Test
  void eachPoolCountsItsOwn() {
    create("acme", "default");
    create("globex", "default");
    create("initech", "other");
    await("they are counted", () -> counted("default") == 2 && counted("other") == 1);
  }

  @Test
  void aTenantThatGoesIsNoLongerCountedEvenAfterARestart() {
    create("acme", "default");
    create("globex", "default");
    await("both are counted", () -> counted("default") == 2);
    platform.restartOperator();
    platform
        .client()
        .resources(Tenant.class)
        .inNamespace(platform.namespace())
        .withName("acme")
        .delete();
    await("one is counted", () -> counted("default") == 1);
  }

  @Test
  void theCountIsWrittenOnlyWhenItIsAnother() throws InterruptedException {
    create("acme", "default");
    await("it is counted", () -> counted("default") == 1);
    var before = pool("default").getMetadata().getResourceVersion();
    platform.restartOperator();
    Thread.sleep(3000);
    assertThat(pool("default").getMetadata().getResourceVersion()).isEqualTo(before);
  }

  private static final String POOLS =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Embedded}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: other}
      spec: {engine: Embedded}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: default}
      spec: {replicas: {min: 1}}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: basic}
      spec:
        meters: [{name: requests, included: 1000, overage: {mode: Block}}]
      """;

  private void create(String name, String pool) {
    platform.apply(
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: %s}
        spec: {plan: basic, shardPool: %s}
        """
            .formatted(name, pool));
  }

  private ShardPool pool(String name) {
    return platform
        .client()
        .resources(ShardPool.class)
        .inNamespace(platform.namespace())
        .withName(name)
        .get();
  }

  private int counted(String name) {
    var status = pool(name).getStatus();
    return status == null || status.tenants() == null ? -1 : status.tenants();
  }
}
