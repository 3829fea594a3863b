package dev.tollgate.billing.order;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An invoice as it was last seen.
 *
 * @param id in the engine
 * @param kind why there is one: {@code cycle}, {@code start}, {@code threshold} or {@code other}
 * @param total with tax, in millionths of the minor unit
 * @param lateFrom since when it should have been paid; null when it is not owed or not due
 * @param url where it can be seen and paid
 */
public record Order(
    String tenantId,
    String id,
    String kind,
    State state,
    @Nullable String number,
    String currency,
    long total,
    long paid,
    Instant created,
    @Nullable Instant due,
    @Nullable Instant lateFrom,
    @Nullable String url) {

  /** {@link #lateFrom} of an order that is late. */
  Instant late() {
    return Objects.requireNonNull(lateFrom);
  }

  /** Where an order stands. */
  public enum State {
    /** May still change. */
    DRAFT,
    /** Owed. */
    OPEN,
    /** Owed, and a charge has failed. */
    FAILED,
    PAID,
    /** Given up. */
    UNCOLLECTIBLE,
    VOID
  }
}
