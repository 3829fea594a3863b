package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.tenant.Tenant;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a tenant's data when the Tenant is deleted. */
@NullUnmarked
class TenantDeletionTest {

  private final AtomicInteger status = new AtomicInteger(204);
  private Replica replica;
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(status::get);
    platform = new Platform(replica.port());
    platform.apply(POOLS);
  }

  @AfterEach
  void stop() {
    platform.close();
    replica.close();
  }

  @Test
  void theDataOfATenantThatIsReclaimedGoesWithIt() {
    replica.joins(platform, "edge");
    create("Delete");
    assertThat(tenant().getMetadata().getFinalizers()).contains("tollgate.dev/reclaim");
    var id = tenant().getStatus().id();
    delete();
    await("acme is gone", () -> tenant() == null);
    // once more where something of acme changed before the operator saw it gone
    assertThat(replica.asked()).containsOnly("DELETE /tollgate/tenants/" + id + "?shard=default-0");
    assertThat(replica.authorizations()).containsOnly("Bearer " + token());
    assertThat(platform.events("DataKept")).isEmpty();
  }

  @Test
  void theDataOfATenantThatIsRetainedIsLeftAlone() {
    replica.joins(platform, "edge");
    create("Retain");
    assertThat(tenant().getMetadata().getFinalizers()).isEmpty();
    delete();
    await("acme is gone", () -> tenant() == null);
    assertThat(replica.asked()).isEmpty();
  }

  @Test
  void aReplicaThatIsNotDoneYetIsAskedAgain() {
    status.set(202);
    replica.joins(platform, "edge");
    create("Delete");
    delete();
    await("it was asked", () -> !replica.asked().isEmpty());
    assertThat(tenant()).isNotNull();
    status.set(204);
    await("acme is gone", () -> tenant() == null);
    assertThat(replica.asked()).hasSizeGreaterThan(1);
    assertThat(platform.events("DataKept")).isEmpty();
  }

  @Test
  void withoutAReplicaTheTenantGoesInTheEndAndItIsToldWhatWasKept() {
    create("Delete");
    var id = tenant().getStatus().id();
    delete();
    await("acme is gone", () -> tenant() == null);
    await("it is told", () -> !platform.events("DataKept").isEmpty());
    assertThat(platform.events("DataKept").getFirst().getNote())
        .contains(
            id,
            "default-0",
            "no replica of GatewayPool edge is ready",
            "curl -X DELETE",
            "/admin/tenant-data/",
            "get secret edge-gateway-management");
  }

  @Test
  void aReplicaThatNeverSucceedsDoesNotHoldTheTenant() {
    status.set(500);
    replica.joins(platform, "edge");
    create("Delete");
    delete();
    await("acme is gone", () -> tenant() == null);
    await("it is told", () -> !platform.events("DataKept").isEmpty());
    assertThat(platform.events("DataKept").getFirst().getNote())
        .contains("replica edge-gateway-0 answered 500");
  }

  @Test
  void aTenantThatIsRetainedAfterAllIsNoLongerHeld() {
    create("Delete");
    platform.apply(TENANT.formatted("Retain"));
    await("the finalizer is gone", () -> tenant().getMetadata().getFinalizers().isEmpty());
  }

  /**
   * What the controller of namespaces does, which is not here: what is inside goes piece by piece.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNamespaceThatIsDeletedIsNotHeldByItsTenants(boolean withTheRole) throws Exception {
    if (withTheRole) {
      platform.permitTenantsOfAnyNamespace();
    }
    replica.joins(platform, "edge");
    status.set(500);
    create("Delete");
    var here = platform.here();
    here.namespaces().withName(platform.namespace()).delete();
    here.secrets().delete();
    if (withTheRole) {
      here.rbac().roleBindings().delete();
      here.rbac().roles().delete();
    }
    delete();
    await("acme is gone", () -> tenant() == null);
  }

  private String token() {
    var secret =
        platform
            .client()
            .secrets()
            .inNamespace(platform.namespace())
            .withName("edge-gateway-management")
            .get();
    assertThat(secret.getMetadata().getLabels()).containsEntry("tollgate.dev/use", "management");
    assertThat(secret.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(owner -> assertThat(owner.getKind()).isEqualTo("GatewayPool"));
    var token =
        new String(
            Base64.getDecoder().decode(secret.getData().get("token")), StandardCharsets.UTF_8);
    assertThat(token).matches("[0-9a-f]{48}");
    return token;
  }

  private static final String POOLS =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Embedded}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: edge}
      spec: {replicas: {min: 1}}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: basic}
      spec:
        gatewayPool: edge
        meters: [{name: requests, included: 1000, overage: {mode: Block}}]
      """;
  private static final String TENANT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: acme}
      spec: {plan: basic, reclaim: %s}
      """;

  private void create(String reclaim) {
    platform.apply(TENANT.formatted(reclaim));
    await(
        "acme has an id", () -> tenant().getStatus() != null && tenant().getStatus().id() != null);
  }

  private void delete() {
    platform
        .client()
        .resources(Tenant.class)
        .inNamespace(platform.namespace())
        .withName("acme")
        .delete();
  }

  private Tenant tenant() {
    return platform
        .client()
        .resources(Tenant.class)
        .inNamespace(platform.namespace())
        .withName("acme")
        .get();
  }
}
