package dev.tollgate.crd.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.access.Trust;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** What is resolved after a change of one tenant equals what is resolved from nothing. */
class ResolverPropertyTest {
  private static final ManifestReader.Read BASE =
      ManifestReader.read(
          Map.of(
              "base.yaml",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: Plan
              metadata: {name: basic}
              spec: {price: {amount: "9", currency: USD}, meters: [{name: tokens}]}
              ---
              apiVersion: tollgate.dev/v1alpha1
              kind: Plan
              metadata: {name: free}
              spec: {}
              ---
              apiVersion: tollgate.dev/v1alpha1
              kind: RateLimitPolicy
              metadata: {name: named}
              spec:
                targetRefs: [{kind: Tenant, name: t0}, {kind: Tenant, name: t1}]
                limits: [{name: a, meter: tokens, limit: 5, per: Day}]
              ---
              apiVersion: tollgate.dev/v1alpha1
              kind: GatewayPool
              metadata: {name: default}
              spec: {trusts: [{issuer: i0, audiences: [a0], hmacSecretRef: {name: s, key: k}, tenantClaim: t}]}
              """));

  @Property(tries = 300)
  void incrementalEqualsFromNothing(@ForAll long seed) {
    assertThat(BASE.errors()).isEmpty();
    Random random = new Random(seed);
    Map<String, Plan> plans = BASE.manifests().plans();
    Map<String, Tenant> tenants = new HashMap<>();
    Shared shared = Resolver.shared(with(plans, tenants));
    Map<String, TenantResult> results = new TreeMap<>();
    for (int step = 0; step < 12; step++) {
      String name = "t" + random.nextInt(4);
      Tenant before = tenants.get(name);
      Tenant after = random.nextInt(4) == 0 ? null : tenant(name, random);
      if (after == null) {
        tenants.remove(name);
        results.remove(name);
      } else {
        tenants.put(name, after);
      }
      Manifests now = with(plans, tenants);
      if (Resolver.changesShared(shared, before, after)) {
        shared = Resolver.shared(now);
        results = all(shared, now);
      } else if (after != null) {
        results.put(name, Resolver.tenant(shared, after, Places.of(shared, after)));
      }
      Shared fresh = Resolver.shared(now);
      assertThat(shared).isEqualTo(fresh);
      assertThat(results).isEqualTo(all(fresh, now));
    }
  }

  private static Map<String, TenantResult> all(Shared shared, Manifests manifests) {
    Map<String, TenantResult> results = new TreeMap<>();
    manifests
        .tenants()
        .forEach((n, t) -> results.put(n, Resolver.tenant(shared, t, Places.of(shared, t))));
    return results;
  }

  private static Manifests with(Map<String, Plan> plans, Map<String, Tenant> tenants) {
    Manifests base = BASE.manifests();
    return new Manifests(
        tenants,
        plans,
        base.policies(),
        base.routes(),
        base.shardPools(),
        base.gatewayPools(),
        base.modelRoutes(),
        base.modelServers(),
        base.prompts(),
        base.experiments(),
        base.billing());
  }

  private static Tenant tenant(String name, Random random) {
    Tenant tenant = new Tenant();
    tenant.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withCreationTimestamp("2026-01-0" + (1 + random.nextInt(3)) + "T00:00:00Z")
            .build());
    String plan = List.of("basic", "free", "gone").get(random.nextInt(3));
    String zone = List.of("UTC", "Europe/Berlin", "Nowhere").get(random.nextInt(3));
    tenant.setSpec(
        new TenantSpec(
            null, plan, null, zone, trusts(random), random.nextBoolean(), null, null, null, null));
    return tenant;
  }

  private static @Nullable List<Trust> trusts(Random random) {
    if (random.nextInt(3) == 0) {
      return null;
    }
    String issuer = "i" + random.nextInt(2);
    List<String> audiences = random.nextBoolean() ? List.of("a0", "a1") : List.of("a1");
    String jwks = random.nextInt(5) == 0 ? null : "https://keys.example/" + issuer;
    return List.of(
        new Trust(Objects.requireNonNull(issuer), audiences, jwks, null, null, null, null, null));
  }
}
