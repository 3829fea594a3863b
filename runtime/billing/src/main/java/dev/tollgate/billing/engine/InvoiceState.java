package dev.tollgate.billing.engine;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An invoice as it is now.
 *
 * @param kind why there is one: {@code cycle}, {@code start}, {@code threshold} or {@code other}
 * @param failed whether a charge was tried and failed
 * @param total with tax, in millionths of the minor unit
 * @param url where it can be seen and paid
 * @param units by meter, as far as the invoice is about metered usage
 */
public record InvoiceState(
    String id,
    String customer,
    String kind,
    Status status,
    boolean failed,
    @Nullable String number,
    String currency,
    long total,
    long paid,
    Instant created,
    @Nullable Instant due,
    @Nullable String url,
    Map<String, Long> units) {

  public InvoiceState {
    units = Map.copyOf(units);
  }

  /** Where it stands. */
  public enum Status {
    DRAFT,
    OPEN,
    PAID,
    UNCOLLECTIBLE,
    VOID
  }
}
