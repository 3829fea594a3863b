package dev.tollgate.core.limits;

import dev.tollgate.crd.limit.Window;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.engine.limit.Quota;

/** What a limit of a policy means to the engine. */
final class Quotas {
  private Quotas() {}

  static Quota of(LimitView limit) {
    Window window = limit.window();
    if (window == null) {
      return Quota.concurrency(limit.quantity());
    }
    return switch (window) {
      case Second -> bucket(limit, 1_000);
      case Minute -> bucket(limit, 60_000);
      case Hour -> bucket(limit, 3_600_000);
      case Day -> Quota.day(limit.quantity());
      case Month -> Quota.month(limit.quantity());
    };
  }

  private static Quota bucket(LimitView limit, long periodMillis) {
    long burst = limit.burst() > 0 ? limit.burst() : limit.quantity();
    return Quota.bucket(limit.quantity(), burst, periodMillis);
  }

  /**
   * Whether the amount may be corrected later. A request is one request, known at once, so it needs
   * no lease and no second look; tokens, bytes and money are estimates, and concurrency ends.
   */
  static boolean leased(LimitView limit) {
    return limit.window() == null || !limit.meter().equals("requests");
  }

  static Decision.State state(
      Charge charge, Quota quota, boolean allowed, long level, long drained, long now) {
    return new Decision.State(
        charge,
        quota.remaining(level),
        quota.resetMillis(level, drained, now),
        allowed ? 0 : quota.retryAfterMillis(level, drained, charge.amount(), now));
  }
}
