package dev.tollgate.crd.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.tenant.Tenant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is otherwise in a cluster than in a folder. */
class ClusterTest {

  private static final String POOLS =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Embedded}
      STATUS
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: default}
      spec: {}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: edge}
      spec: {}
      ---
      """;
  private static final String LONE =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: lone}
      spec: {engine: Embedded}
      ---
      """;
  private static final String PLAN =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: basic}
      spec: {meters: [{name: requests, included: 10}]}
      ---
      """;
  private static final String ACME =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: acme}
      spec: {plan: basic}
      """;

  @Test
  void noPoolIsImplied() {
    Manifests manifests = read(PLAN + ACME);
    Shared shared = Resolver.ofCluster(manifests);
    assertThat(shared.shardPools()).isEmpty();
    assertThat(shared.gatewayPools()).isEmpty();
    TenantResult acme = acme(manifests, shared);
    assertThat(acme.view()).isNull();
    assertThat(acme.findings())
        .extracting(Finding::reason)
        .containsExactlyInAnyOrder("GatewayPoolNotFound", "ShardPoolNotFound");
    assertThat(acme(manifests, Resolver.shared(manifests)).view()).isNotNull();
  }

  @Test
  void theGatewayWithTheDataGoesOnServingATenantThatNamesAnother() {
    String there = POOLS.replace("STATUS", "status: {gatewayPool: default}");
    for (String yaml :
        new String[] {
          there + PLAN + ACME.replace("plan: basic", "plan: basic, gatewayPool: edge"),
          there + PLAN.replace("spec: {", "spec: {gatewayPool: edge, ") + ACME
        }) {
      Manifests manifests = read(yaml);
      TenantResult acme = acme(manifests, Resolver.ofCluster(manifests));
      assertThat(Objects.requireNonNull(acme.view()).gatewayPool()).isEqualTo("default");
      assertThat(acme.findings())
          .singleElement()
          .satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo("DataElsewhere");
            assertThat(finding.message()).contains("set spec.gatewayPool: default");
          });
    }
  }

  @Test
  void anotherShardPoolInTheSpecMovesNeitherDataNorGateway() {
    Manifests manifests =
        read(
            POOLS.replace("STATUS", "status: {gatewayPool: default}")
                + LONE
                + PLAN
                + ACME.replace("plan: basic", "plan: basic, gatewayPool: edge, shardPool: lone"));
    Shared shared = Resolver.ofCluster(manifests);
    TenantResult acme =
        Resolver.tenant(
            shared, tenant(manifests), new Placement("t", "", "acme", "u", "default", "default-0"));
    assertThat(Objects.requireNonNull(acme.view()).gatewayPool()).isEqualTo("default");
    assertThat(acme.view().shard()).isEqualTo("default-0");
    assertThat(acme.findings())
        .filteredOn(f -> f.reason().equals("ShardPoolChanged"))
        .singleElement()
        .satisfies(f -> assertThat(f.message()).endsWith("set spec.shardPool: default"));
  }

  @Test
  void beforeThereIsDataAPlanDecidesAndThenAPlatform() {
    assertThat(disk(POOLS)).isEqualTo("default");
    assertThat(disk(POOLS + PLAN.replace("spec: {", "spec: {gatewayPool: edge, ")))
        .isEqualTo("edge");
    assertThat(disk(POOLS + PLAN.replace("spec: {", "spec: {gatewayPool: missing, ")))
        .isEqualTo("default");
  }

  @Test
  void aShardPoolOnNoDiskServesNobody() {
    Manifests manifests =
        read(
            POOLS.replace("STATUS", "")
                + LONE
                + PLAN
                + ACME.replace("plan: basic", "plan: basic, shardPool: lone"));
    TenantResult acme = acme(manifests, Resolver.ofCluster(manifests));
    assertThat(acme.view()).isNull();
    assertThat(acme.findings()).extracting(Finding::reason).containsExactly("NoDisk");
  }

  private static String disk(String yaml) {
    return Objects.requireNonNull(
        Resolver.ofCluster(read(yaml.replace("STATUS", ""))).disks().of("default"));
  }

  private static TenantResult acme(Manifests manifests, Shared shared) {
    Tenant acme = tenant(manifests);
    return Resolver.tenant(shared, acme, Places.of(shared, acme));
  }

  private static Tenant tenant(Manifests manifests) {
    return Objects.requireNonNull(manifests.tenants().get("acme"));
  }

  private static Manifests read(String yaml) {
    ManifestReader.Read read = ManifestReader.read(Map.of("in.yaml", yaml));
    assertThat(read.errors()).isEmpty();
    return read.manifests();
  }
}
