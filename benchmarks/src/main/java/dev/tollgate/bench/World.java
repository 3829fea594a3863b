package dev.tollgate.bench;

import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Resolver;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.view.TenantView;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** Tenants of a few plans, with two limits each, as a runtime serves them. */
final class World implements Serving {

  /** Issuer and audience of the tenants' tokens. */
  static final String ISSUER = "https://issuer.bench/";

  private static final int PLANS = 20;

  private final Manifests manifests;
  private final Map<String, Placement> places = new HashMap<>();
  private final ServingState state;

  World(int tenants) {
    var yaml = new StringBuilder();
    for (int i = 0; i < PLANS; i++) {
      yaml.append(
          """
          ---
          apiVersion: tollgate.dev/v1alpha1
          kind: Plan
          metadata: {name: plan-%1$d}
          spec:
            price: {amount: "9.00", currency: USD}
            meters:
            - {name: requests, included: 5, overage: {mode: Bill, tiers: [{unitPrice: "1"}]}}
          ---
          apiVersion: tollgate.dev/v1alpha1
          kind: RateLimitPolicy
          metadata: {name: limits-%1$d}
          spec:
            targetRefs: [{group: tollgate.dev, kind: Plan, name: plan-%1$d}]
            limits:
            - {name: second, meter: requests, limit: 100000000, per: Second, by: Tenant}
            - {name: open, meter: concurrency, limit: 1000000, by: Tenant}
          """
              .formatted(i));
    }
    for (int i = 0; i < tenants; i++) {
      yaml.append(
          """
          ---
          apiVersion: tollgate.dev/v1alpha1
          kind: Tenant
          metadata: {name: tenant-%1$d}
          spec:
            plan: plan-%2$d
            timeZone: Europe/Berlin
            trusts:
            - {issuer: "%3$s%1$d", audiences: [a], hmacSecretRef: {name: issuer, key: secret}}
          """
              .formatted(i, i % PLANS, ISSUER));
    }
    var read = ManifestReader.read(Map.of("all.yaml", yaml.toString()));
    if (!read.errors().isEmpty()) {
      throw new IllegalStateException("the manifests are wrong: " + read.errors().getFirst());
    }
    manifests = read.manifests();
    var shared = Resolver.shared(manifests);
    for (var tenant : manifests.tenants().values()) {
      var name = tenant.getMetadata().getName();
      places.put(
          name, new Placement("t-" + name, "shop", name, "uid-" + name, "default", "default-0"));
    }
    Map<String, TenantView> views = new HashMap<>();
    Map<String, String> ids = new HashMap<>();
    for (var tenant : manifests.tenants().values()) {
      var view = resolve(shared, tenant);
      views.put(view.tenantId(), view);
      ids.put(view.name(), view.tenantId());
    }
    state = new ServingState(1, shared, views, ids);
  }

  Manifests manifests() {
    return manifests;
  }

  TenantView resolve(Shared shared, Tenant tenant) {
    var place = Objects.requireNonNull(places.get(tenant.getMetadata().getName()));
    return Objects.requireNonNull(Resolver.tenant(shared, tenant, place).view());
  }

  TenantView tenant(int number) {
    return Objects.requireNonNull(state.tenants().get("t-tenant-" + number));
  }

  @Override
  public ServingState current() {
    return state;
  }

  @Override
  public void onChange(Consumer<ServingState> listener) {
    listener.accept(state);
  }
}
