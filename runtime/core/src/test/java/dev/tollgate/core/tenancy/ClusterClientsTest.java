package dev.tollgate.core.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.tenant.Tenant;
import org.junit.jupiter.api.Test;

class ClusterClientsTest {

  private static final String TENANT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: %s, labels: {tier: gold}}
      spec: {displayName: %s, plan: basic, timeZone: Europe/Berlin}
      """;

  @Test
  void whatManyTenantsSayIsKeptOnce() {
    try (var client = ClusterClients.builder().build()) {
      var serialization = client.getKubernetesSerialization();
      var one = serialization.unmarshal(TENANT.formatted("acme", "ACME"), Tenant.class);
      var long1 = "x".repeat(200);
      var other = serialization.unmarshal(TENANT.formatted("globex", long1), Tenant.class);
      assertThat(other.getSpec().displayName()).isEqualTo(long1);
      assertThat(other.getMetadata().getName()).isEqualTo("globex");
      assertThat(other.getSpec().plan()).isSameAs(one.getSpec().plan());
      assertThat(other.getSpec().timeZone()).isSameAs(one.getSpec().timeZone());
      assertThat(other.getMetadata().getLabels().get("tier"))
          .isSameAs(one.getMetadata().getLabels().get("tier"));
    }
  }
}
