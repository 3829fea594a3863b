package dev.tollgate.crd.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.view.TenantView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Guards against regressions by far; the figures themselves are printed. */
class ResolverSpeedTest {
  private static final int TENANTS = 10_000;

  @Test
  void tenThousandTenantsResolveQuickly() {
    Manifests manifests = manifests();
    Map<String, Placement> places = new LinkedHashMap<>();
    Shared first = Resolver.shared(manifests);
    manifests.tenants().forEach((name, tenant) -> places.put(name, Places.of(first, tenant)));

    long all = Long.MAX_VALUE;
    for (int round = 0; round < 10; round++) {
      long start = System.nanoTime();
      Shared shared = Resolver.shared(manifests);
      List<TenantView> views = new ArrayList<>(TENANTS);
      for (Map.Entry<String, Tenant> tenant : manifests.tenants().entrySet()) {
        Placement place = Objects.requireNonNull(places.get(tenant.getKey()));
        views.add(Resolver.tenant(shared, tenant.getValue(), place).view());
      }
      all = Math.min(all, System.nanoTime() - start);
      assertThat(views).hasSize(TENANTS).doesNotContainNull();
    }

    Shared shared = Resolver.shared(manifests);
    Tenant one = Objects.requireNonNull(manifests.tenants().get("tenant-77"));
    Placement place = Objects.requireNonNull(places.get("tenant-77"));
    long start = System.nanoTime();
    for (int i = 0; i < 1000; i++) {
      assertThat(Resolver.tenant(shared, one, place).view()).isNotNull();
    }
    long single = (System.nanoTime() - start) / 1000;

    System.out.printf(
        "resolved %d tenants from nothing in %.1f ms, one tenant in %.4f ms%n",
        TENANTS, all / 1e6, single / 1e6);
    assertThat(all).as("all, ns").isLessThan(2_000_000_000L);
    assertThat(single).as("one, ns").isLessThan(1_000_000L);
  }

  private static Manifests manifests() {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      yaml.append("---\napiVersion: tollgate.dev/v1alpha1\nkind: Plan\nmetadata: {name: plan-");
      yaml.append(i).append("}\nspec: {price: {amount: \"9\", currency: USD}, meters: [{name: ");
      yaml.append("requests, included: 5, overage: {mode: Bill, tiers: [{unitPrice: \"1\"}]}}]}\n");
    }
    for (int i = 0; i < TENANTS; i++) {
      yaml.append("---\napiVersion: tollgate.dev/v1alpha1\nkind: Tenant\nmetadata: {name: tenant-");
      yaml.append(i).append("}\nspec: {plan: plan-").append(i % 20);
      yaml.append(", timeZone: Europe/Berlin, trusts: [{issuer: \"https://t").append(i);
      yaml.append(".example\", audiences: [a], jwksUri: \"https://t").append(i);
      yaml.append(".example/k\"}]}\n");
    }
    ManifestReader.Read read = ManifestReader.read(Map.of("all.yaml", yaml.toString()));
    assertThat(read.errors()).isEmpty();
    return read.manifests();
  }
}
