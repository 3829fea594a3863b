package dev.tollgate.core.metering;

import java.util.Optional;

/**
 * The durable log of usage: admission writes an open entry, the end writes a close entry before the
 * last byte of the answer leaves. Survives {@code kill -9} of this process.
 */
public interface UsageLog extends AutoCloseable {

  /**
   * Writes the open entry; never blocks.
   *
   * @return a handle, or empty when no segment is free: answer 503, never serve unmetered
   */
  Optional<Entry> open(Opening opening);

  /**
   * What is frozen at admission.
   *
   * @param shard where the tenant's usage is kept
   * @param cycle first day of the billing cycle in the tenant's zone, ISO 8601
   * @param planRevision of the plan's prices
   * @param weight requests that this one counts for
   */
  record Opening(
      String shard,
      String tenantId,
      String principal,
      String route,
      String plan,
      String planRevision,
      String cycle,
      long startedMillis,
      long weight) {}

  /** An admitted request. Thread-safe; {@link #close} counts once, the first time. */
  interface Entry {

    /** 128 bits in hex, of which 48 are the time and 80 random; the usage record's identity. */
    String id();

    /** What has been used so far, for long streams. */
    void checkpoint(Amounts amounts);

    void close(Amounts amounts, Outcome outcome, int status);
  }

  /** Units used: requests (by weight), bytes each way, tokens each way. */
  record Amounts(long requests, long bytesIn, long bytesOut, long tokensIn, long tokensOut) {}

  /** How a request ended. */
  enum Outcome {
    /** Answered to the end. */
    COMPLETE,
    /** The client hung up, or the process died. */
    PARTIAL,
    /** The backend failed. */
    FAILED
  }

  /** Counts a refusal of an authenticated caller; written once a second. */
  void refused(String shard, String tenantId, String route, String reason);

  @Override
  void close();
}
