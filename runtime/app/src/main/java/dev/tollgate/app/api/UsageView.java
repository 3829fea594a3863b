package dev.tollgate.app.api;

import dev.tollgate.core.metering.Cycle;
import dev.tollgate.core.metering.QuotaTracker;
import dev.tollgate.core.store.UsageReader;
import dev.tollgate.crd.resolve.TenantView;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a tenant has used in the running cycle, as JSON members. */
@Singleton
final class UsageView {

  private final UsageReader reader;
  private final QuotaTracker quotas;

  UsageView(UsageReader reader, QuotaTracker quotas) {
    this.reader = reader;
    this.quotas = quotas;
  }

  Map<String, Object> of(TenantView tenant) {
    var cycle = Cycle.at(System.currentTimeMillis(), tenant.zone());
    var usage = reader.usage(tenant.shard(), tenant.tenantId(), cycle, tenant.zone());
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("tenant", tenant.name());
    view.put("plan", tenant.plan().name());
    view.put("cycle", cycle);
    view.put("cycleEnds", Cycle.end(cycle, tenant.zone()).toString());
    var included = tenant.plan().meters().get("requests");
    if (included != null) {
      var live = quotas.used(tenant, cycle);
      Map<String, Object> quota = new LinkedHashMap<>();
      quota.put("meter", "requests");
      quota.put("included", included.included());
      quota.put("used", Math.max(live, usage.total().requests()));
      quota.put("overage", included.overage().name());
      quota.put(
          "alerts",
          included.alertPercents().stream()
              .filter(
                  p -> Math.max(live, usage.total().requests()) * 100 >= included.included() * p)
              .toList());
      view.put("quota", quota);
    }
    view.put("total", usage.total());
    view.put("routes", usage.routes());
    view.put("keys", usage.principals());
    view.put("days", usage.days());
    view.put("refused", usage.refused());
    return view;
  }
}
