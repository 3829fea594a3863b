package dev.tollgate.billing.price;

import dev.tollgate.crd.view.TierView;
import java.util.List;

/**
 * What units of one meter cost in a cycle.
 *
 * @param included units that the fee covers
 * @param tiers graduated prices of what is beyond, the last without an end; empty when more is
 *     refused, not billed
 */
public record MeterTerms(String meter, long included, List<TierView> tiers) {

  public MeterTerms {
    tiers = List.copyOf(tiers);
    if (included < 0) {
      throw new IllegalArgumentException("meter " + meter + " includes " + included + " units");
    }
    long before = 0;
    for (var tier : tiers) {
      if (tier.upTo() <= before || tier.unitPrice() < 0) {
        throw new IllegalArgumentException("the tiers of meter " + meter + " are not in order");
      }
      before = tier.upTo();
    }
  }

  /** Whether more than what is included is sold. */
  public boolean billed() {
    return !tiers.isEmpty();
  }

  /**
   * What so many units cost, in millionths of the minor unit; exact.
   *
   * @throws ArithmeticException when it does not fit
   */
  public long cost(long units) {
    long beyond = Math.max(0, units - included);
    long from = 0;
    long cost = 0;
    for (var tier : tiers) {
      if (beyond <= from) {
        break;
      }
      long inTier = Math.min(beyond, tier.upTo()) - from;
      cost = Math.addExact(cost, Math.multiplyExact(inTier, tier.unitPrice()));
      from = tier.upTo();
    }
    return cost;
  }
}
