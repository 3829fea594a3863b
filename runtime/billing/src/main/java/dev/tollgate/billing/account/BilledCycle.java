package dev.tollgate.billing.account;

import dev.tollgate.billing.price.History;
import dev.tollgate.billing.price.Statement;
import dev.tollgate.billing.price.Terms;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A cycle of a tenant that is billed.
 *
 * @param cycle its first day in the tenant's zone
 * @param terms frozen when it began, or when another plan took the place of the first
 * @param history terms that held earlier in it
 * @param invoice that closed it
 */
public record BilledCycle(
    String tenantId,
    String cycle,
    String subscription,
    Instant starts,
    Instant ends,
    Terms terms,
    History history,
    State state,
    @Nullable String invoice) {

  /** Where a cycle stands. */
  public enum State {
    /** Usage goes to the engine's meters. */
    OPEN,
    /** Its invoice can no longer change; usage that comes late goes on the next one. */
    CLOSED
  }

  /**
   * What a statement is made of.
   *
   * @param subscribed when the tenant took its subscription; in the first cycle the fee is for the
   *     time from then on
   * @param step smallest amount that can be collected
   */
  public Statement.Period period(@Nullable Instant subscribed, long step) {
    return new Statement.Period(
        terms, history, starts, ends, subscribed == null ? starts : subscribed, step);
  }

  /** Units of the ledger that are sold in this cycle. */
  public Map<String, Long> sold(Map<String, Long> ledger) {
    return history.sold(ledger);
  }

  /** How many units of a meter had been sold when its present price began. */
  public long from(String meter) {
    return history.from(terms, meter);
  }

  /**
   * From when on usage of a meter counts at its present price: the first whole minute, as the
   * engine's sums are of whole minutes.
   */
  public Instant since(String meter) {
    var since = history.since(terms, meter, starts);
    var minute = since.truncatedTo(java.time.temporal.ChronoUnit.MINUTES);
    return minute.equals(since) ? since : minute.plus(Duration.ofMinutes(1));
  }

  /** What so many sold units of a meter cost by all terms of the cycle; exact, in millionths. */
  public long cost(String meter, long sold) {
    return history.cost(terms, meter, sold);
  }
}
