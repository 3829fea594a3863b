package dev.tollgate.billing.account;

import dev.tollgate.billing.price.Terms;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A cycle of a tenant that is billed.
 *
 * @param cycle its first day in the tenant's zone
 * @param terms frozen when it began
 * @param invoice that closed it
 */
public record BilledCycle(
    String tenantId,
    String cycle,
    String subscription,
    Instant starts,
    Instant ends,
    Terms terms,
    State state,
    @Nullable String invoice) {

  /** Where a cycle stands. */
  public enum State {
    /** Usage goes to the engine's meters. */
    OPEN,
    /** Its invoice can no longer change; usage that comes late goes on the next one. */
    CLOSED
  }
}
