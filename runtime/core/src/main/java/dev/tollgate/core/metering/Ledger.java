package dev.tollgate.core.metering;

import dev.tollgate.core.metering.UsageLog.Amounts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where usage records end up: the database of each shard. Everything here may block and throw. */
public interface Ledger {

  /** How far the shard has taken over the log; 0 when not at all. */
  long position(String shard, String logId);

  /**
   * Writes records and what they add up to, and moves the position from {@code expected} to {@code
   * next}, in one transaction.
   *
   * @throws IllegalStateException when the position is not {@code expected}: another process ships
   *     the same log
   */
  void commit(
      String shard,
      String logId,
      long expected,
      long next,
      List<UsageRecord> records,
      List<RefusalCount> refusals);

  /** A tenant's billing cycle. */
  record TenantCycle(String tenantId, String cycle) {}

  /** What the ledger holds of cycles; none for a cycle it knows nothing of. */
  Map<TenantCycle, Amounts> totals(String shard, List<TenantCycle> cycles);

  /**
   * What a tenant used in a cycle on other plans than one, or on that one at other prices, in what
   * began before a moment. Reads records, so that it is not for every minute.
   *
   * @param revision of the plan's prices
   */
  Amounts onOtherPlans(
      String shard, TenantCycle cycle, String plan, String revision, Instant before);

  /**
   * The cycles in which a threshold was noted.
   *
   * @param from the first cycle that is of interest
   */
  Set<TenantCycle> alerted(String shard, String from);

  /** Notes that a threshold was reached; false when it was noted before. */
  boolean alert(String shard, TenantCycle cycle, String meter, int percent, long included);
}
