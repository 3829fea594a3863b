package dev.tollgate.core.metering;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
    void checkpoint(Amounts amounts, @Nullable ModelCall call);

    void close(Amounts amounts, Outcome outcome, int status, @Nullable ModelCall call);

    default void close(Amounts amounts, Outcome outcome, int status) {
      close(amounts, outcome, status, null);
    }
  }

  /**
   * Units used.
   *
   * @param requests by weight
   * @param cost in millionths of the minor unit of the currency that the call names
   */
  record Amounts(
      long requests, long bytesIn, long bytesOut, long tokensIn, long tokensOut, long cost) {

    /** Without tokens, which only models use. */
    public Amounts(long requests, long bytesIn, long bytesOut) {
      this(requests, bytesIn, bytesOut, 0, 0, 0);
    }

    /** The greater of both, unit by unit. */
    public Amounts max(Amounts other) {
      return new Amounts(
          Math.max(requests, other.requests),
          Math.max(bytesIn, other.bytesIn),
          Math.max(bytesOut, other.bytesOut),
          Math.max(tokensIn, other.tokensIn),
          Math.max(tokensOut, other.tokensOut),
          Math.max(cost, other.cost));
    }
  }

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
