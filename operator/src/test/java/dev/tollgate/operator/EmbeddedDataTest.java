package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Manifests.tenant;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tenants whose data is in files on a gateway's disk stay with that gateway. */
@NullUnmarked
class EmbeddedDataTest {

  private static final String ELSEWHERE =
      EdgePool.EXTERNAL.replace("name: default", "name: elsewhere");
  private static final String ACME = tenant("acme");

  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  @Test
  void nobodyIsPlacedOnADiskThatTheirGatewayDoesNotHave() {
    placed();
    platform.apply(EdgePool.pool("replicas: {min: 1}"));
    var globex = tenant("globex");
    platform.apply(globex.replace("plan: basic", "plan: basic, gatewayPool: edge"));
    await("it is told", () -> reason("globex", "ResolvedRefs").equals("DataElsewhere"));
    assertThat(platform.condition("Tenant", "globex", "ResolvedRefs").message())
        .contains("set spec.gatewayPool: default");
    assertThat(platform.here().secrets().withName("globex-key").get()).isNull();
    assertThat(platform.here().configMaps().withName("globex-record").get()).isNull();
    platform.apply(globex);
    await("it is placed", () -> platform.here().secrets().withName("globex-key").get() != null);
  }

  @Test
  void aTenantThatNamesAnotherGatewayStaysWithItsData() {
    placed();
    platform.apply(EdgePool.pool("replicas: {min: 1}"));
    platform.apply(ACME.replace("plan: basic", "plan: basic, gatewayPool: edge"));
    await("it is told", () -> reason("acme", "ResolvedRefs").equals("DataElsewhere"));
    assertThat(message("ResolvedRefs")).contains("set spec.gatewayPool: default");
    assertThat(message("Programmed")).contains("GatewayPool default");
  }

  @Test
  void aPoolHasOneReplicaWhileTenantsAreOnItsDiskWhateverTheirPlanSaysNow() {
    placed();
    platform.apply(ELSEWHERE);
    platform.apply(PLAN.replace("spec:\n", "spec:\n  shardPool: elsewhere\n"));
    platform.apply(
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: GatewayPool
        metadata: {name: default}
        spec: {replicas: {min: 2}, platformDatabase: {shardPool: elsewhere}}
        """);
    await("it is told", () -> reason("acme", "ResolvedRefs").equals("ShardPoolChanged"));
    assertThat(message("ResolvedRefs"))
        .contains("set spec.shardPool: default")
        .doesNotContain("anew");
    await(
        "one replica is all",
        () ->
            platform
                .condition("GatewayPool", "default", "Accepted")
                .reason()
                .equals("EmbeddedOneReplica"));
    var set = platform.here().apps().statefulSets().withName("default-gateway").get();
    assertThat(set.getSpec().getReplicas()).isEqualTo(1);
  }

  @Test
  void nobodyIsPlacedBeforeThereIsAPool() {
    platform.apply(PLAN + ACME);
    await("it is told", () -> reason("acme", "ResolvedRefs").equals("GatewayPoolNotFound"));
    assertThat(message("ResolvedRefs")).contains("ShardPool default is not there");
    assertThat(acme().getStatus().shard()).isNull();
    platform.apply(POOLS.replace("engine: Embedded", external()));
    await("it is placed", () -> "one".equals(acme().getStatus().shard()));
    await("all is found", () -> reason("acme", "ResolvedRefs").equals("ResolvedRefs"));
  }

  private static String external() {
    return "engine: External, external: [{name: one, jdbcUrl: \"jdbc:mariadb://db/one\", user: u,"
        + " passwordSecretRef: {name: one-password, key: p}}]";
  }

  private void placed() {
    platform.apply(POOLS + PLAN + ACME);
    await("its disk is written down", () -> "default".equals(disk()));
  }

  private String disk() {
    var pool = platform.here().resources(ShardPool.class).withName("default").get();
    return pool.getStatus().gatewayPool();
  }

  private Tenant acme() {
    return platform.here().resources(Tenant.class).withName("acme").get();
  }

  private String reason(String tenant, String type) {
    return platform.condition("Tenant", tenant, type).reason();
  }

  private String message(String type) {
    return platform.condition("Tenant", "acme", type).message();
  }
}
