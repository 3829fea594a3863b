package dev.tollgate.billing.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a long list of refunds or disputes.
 *
 * @param next where the next part begins; null when this is the last
 */
public record AdjustmentPage(List<Adjustment> found, @Nullable String next) {

  public AdjustmentPage {
    found = List.copyOf(found);
  }
}
