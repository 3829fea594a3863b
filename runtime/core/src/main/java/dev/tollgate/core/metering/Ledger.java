package dev.tollgate.core.metering;

import java.util.List;

/** Where usage records end up: the database of each shard. */
public interface Ledger {

  /** How far the shard has taken over the log; 0 when not at all. May block, may throw. */
  long position(String shard, String logId);

  /**
   * Writes records and moves the position from {@code expected} to {@code next}, in one
   * transaction.
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
}
