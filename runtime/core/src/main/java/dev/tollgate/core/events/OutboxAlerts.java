package dev.tollgate.core.events;

import dev.tollgate.core.metering.QuotaTracker;
import dev.tollgate.core.metering.UsageMeter;
import dev.tollgate.crd.view.TenantView;
import java.time.InstantSource;

/**
 * Puts alerts of tenants that have a webhook into the outbox. The alert is there before it is noted
 * in the ledger, so a replica that dies in between loses none; the event's id makes it one.
 */
public final class OutboxAlerts implements QuotaTracker.Alerts {

  private final Outbox outbox;
  private final InstantSource clock;

  public OutboxAlerts(Outbox outbox, InstantSource clock) {
    this.outbox = outbox;
    this.clock = clock;
  }

  @Override
  public void reached(
      TenantView tenant, String cycle, UsageMeter meter, int percent, long used, long included) {
    if (tenant.webhook() != null) {
      var alert = new UsageAlert(tenant, cycle, meter.text(), percent, used, included);
      var _ = outbox.put(alert.event(clock.instant()));
    }
  }
}
