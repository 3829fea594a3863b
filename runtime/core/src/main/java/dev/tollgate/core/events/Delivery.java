package dev.tollgate.core.events;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far an event has come on its way to the tenant.
 *
 * @param attempts so far
 * @param nextAttempt not before then; null when no more is made
 * @param lastAttempt when the last ended; null before the first
 * @param lastStatus of HTTP; null when there was no answer
 * @param lastError what went wrong, for people; null when nothing did
 */
public record Delivery(
    Event event,
    State state,
    int attempts,
    @Nullable Instant nextAttempt,
    @Nullable Instant lastAttempt,
    @Nullable Integer lastStatus,
    @Nullable String lastError) {

  /** What is still to be done. */
  public enum State {
    PENDING,
    DELIVERED,
    /** No attempt succeeded within a day, or the receiver said that it wants no more. */
    GIVEN_UP
  }
}
