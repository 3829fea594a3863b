package dev.tollgate.crd.resolve;

import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.limit.LimitBackend;
import dev.tollgate.crd.plan.Isolation;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.tenant.Alerts;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantSpec;
import dev.tollgate.crd.value.Urls;
import dev.tollgate.crd.view.GatewayPoolView;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.PlanView;
import dev.tollgate.crd.view.ShardPoolView;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.crd.view.TrustView;
import dev.tollgate.crd.view.WebhookView;
import java.net.URI;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One tenant. */
final class TenantResolution {
  private static final Set<String> ZONES = ZoneId.getAvailableZoneIds();

  private TenantResolution() {}

  static TenantResult resolve(Shared shared, Tenant tenant, Placement placement) {
    String name = tenant.getMetadata().getName();
    Findings to = Findings.of("Tenant", name);
    TenantView view = view(shared, name, tenant, placement, to);
    return new TenantResult(view, List.copyOf(to.all()));
  }

  private static @Nullable TenantView view(
      Shared shared, String name, Tenant tenant, Placement placement, Findings to) {
    TenantSpec spec = tenant.getSpec();
    if (spec == null) {
      to.refuse("SpecMissing", "spec", "the resource has no spec; write one");
      return null;
    }
    ZoneId zone = zone(spec.timeZone(), to);
    List<TrustView> trusts =
        TrustResolution.resolve(spec.trusts(), name, "Tenant/" + name, shared.issuerOwners(), to);
    PlanView plan = shared.plans().get(spec.plan());
    if (plan == null) {
      to.unresolved(
          "PlanNotFound",
          "spec.plan",
          "Plan " + spec.plan() + " is not there or not valid; create it or name another");
      return null;
    }
    String asked = spec.gatewayPool() == null ? plan.gatewayPool() : spec.gatewayPool();
    GatewayPoolView pool = gatewayPool(shared, asked, placement, to);
    String wanted = spec.shardPool() == null ? plan.shardPool() : spec.shardPool();
    ShardPoolView shards = shardPool(shared, wanted, plan, placement, to);
    WebhookView webhook = webhook(spec.alerts(), to);
    if (to.refused() || zone == null || pool == null || shards == null) {
      return null;
    }
    return new TenantView(
        placement.tenantId(),
        placement.namespace(),
        name,
        spec.displayName() == null ? name : spec.displayName(),
        spec.contact(),
        plan,
        zone,
        Boolean.TRUE.equals(spec.suspended()),
        pool.name(),
        placement.shardPool(),
        placement.shard(),
        trusts,
        limits(shared.tenantLimits().getOrDefault(name, List.of()), plan, pool, to),
        tenant.getStatus() == null ? null : tenant.getStatus().keyHash(),
        webhook,
        labels(tenant));
  }

  /** The pool that serves the tenant: where its data is on a disk, only the one with that disk. */
  private static @Nullable GatewayPoolView gatewayPool(
      Shared shared, String asked, Placement placement, Findings to) {
    String shards = placement.shardPool();
    if (shared.disks().unused().contains(shards)) {
      to.unresolved(
          "NoDisk",
          "spec.shardPool",
          "ShardPool "
              + shards
              + " is Embedded, and no GatewayPool has its files; create the one that the plan names,"
              + " or name "
              + shards
              + " in platformDatabase of a GatewayPool");
      return null;
    }
    String holder = shared.disks().of(shards);
    String serving = holder == null ? asked : holder;
    GatewayPoolView pool = shared.gatewayPools().get(serving);
    if (!serving.equals(asked)) {
      to.unresolved(
          "DataElsewhere",
          "spec.gatewayPool",
          "ShardPool "
              + shards
              + " is Embedded, and its data is on the disk of GatewayPool "
              + serving
              + ", which alone can serve the tenant, and not "
              + asked
              + "; set spec.gatewayPool: "
              + serving);
    }
    if (pool == null) {
      to.unresolved(
          "GatewayPoolNotFound",
          "spec.gatewayPool",
          "GatewayPool "
              + serving
              + " is not there or not valid; create it"
              + (holder == null ? " or name another" : ", for it has the data"));
    }
    return pool;
  }

  private static Map<String, String> labels(Tenant tenant) {
    Map<String, String> labels = tenant.getMetadata().getLabels();
    return labels == null ? Map.of() : Map.copyOf(labels);
  }

  // whether the address is one that may be called shows only when it is
  private static @Nullable WebhookView webhook(@Nullable Alerts alerts, Findings to) {
    if (alerts == null || alerts.webhook() == null) {
      return null;
    }
    URI url = Urls.http(alerts.webhook().url(), "spec.alerts.webhook.url", to);
    return url == null ? null : new WebhookView(url, alerts.webhook().secretRef());
  }

  private static @Nullable ZoneId zone(@Nullable String zone, Findings to) {
    if (zone == null) {
      return ZoneId.of("UTC");
    }
    if (ZONES.contains(zone)) {
      return ZoneId.of(zone);
    }
    to.refuse(
        "UnknownTimeZone",
        "spec.timeZone",
        "'" + zone + "' is not an IANA time zone; write it like Europe/Berlin or UTC");
    return null;
  }

  /** The pool that holds the data; a tenant never moves because a name in a spec changed. */
  private static @Nullable ShardPoolView shardPool(
      Shared shared, String wanted, PlanView plan, Placement placement, Findings to) {
    ShardPoolView shards = shared.shardPools().get(placement.shardPool());
    if (!wanted.equals(placement.shardPool())) {
      to.unresolved(
          "ShardPoolChanged",
          "spec.shardPool",
          "the data is in ShardPool "
              + placement.shardPool()
              + " and stays there, and from there the tenant is served; set spec.shardPool: "
              + placement.shardPool());
    }
    if (shards == null) {
      to.unresolved(
          "ShardPoolNotFound",
          "spec.shardPool",
          "ShardPool "
              + placement.shardPool()
              + " is not there or not valid; create it"
              + (wanted.equals(placement.shardPool())
                  ? " or name another"
                  : ", for it has the data"));
      return null;
    }
    if (!shards.shardNames().contains(placement.server())) {
      to.unresolved(
          "ShardNotFound",
          "spec.shardPool",
          "the data is on shard "
              + placement.shard()
              + ", which ShardPool "
              + shards.name()
              + " no longer has; bring the shard back");
      return null;
    }
    if (plan.isolation() == Isolation.Dedicated && shards.engine() == Engine.Embedded) {
      to.refuse(
          "DedicatedNeedsServer",
          "spec.shardPool",
          "ShardPool "
              + shards.name()
              + " is Embedded and plan "
              + plan.name()
              + " has isolation: Dedicated; use a Managed or External pool");
    }
    return shards;
  }

  /** The tenant's own limits, without those that its plan never counts for. */
  private static List<LimitView> limits(
      List<LimitView> given, PlanView plan, GatewayPoolView pool, Findings to) {
    if (given.isEmpty()) {
      return List.of();
    }
    List<LimitView> limits = new ArrayList<>(given.size());
    for (LimitView limit : given) {
      String meter = limit.meter();
      boolean counts =
          Meters.ALWAYS.contains(meter)
              || (meter.equals(Meters.MONEY)
                  ? plan.currency() != null
                  : plan.meters().containsKey(meter));
      if (!counts) {
        to.unresolved(
            "MeterNotCounted",
            "spec.plan",
            "plan "
                + plan.name()
                + " never counts "
                + meter
                + ", so limit "
                + limit.name()
                + " of policy "
                + limit.policy()
                + " never applies; count it in the plan or remove the limit");
        continue;
      }
      if (limit.backend() == LimitBackend.Redis && pool.redisUrl() == null) {
        to.unresolved(
            "RedisMissing",
            "spec.gatewayPool",
            "GatewayPool "
                + pool.name()
                + " has no redis, so limit "
                + limit.name()
                + " of policy "
                + limit.policy()
                + " acts as if Redis were away; set spec.redis there or use backend: Memory");
      }
      limits.add(limit);
    }
    return List.copyOf(limits);
  }
}
