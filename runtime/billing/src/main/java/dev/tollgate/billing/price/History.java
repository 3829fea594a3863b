package dev.tollgate.billing.price;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What held earlier in a cycle, before another plan took its place. Usage is paid by the terms that
 * held when it reached the ledger; what a plan includes, and its tiers, count from its beginning.
 *
 * @param past the oldest first
 * @param unsold units by meter that were used in the cycle while no terms sold them
 */
public record History(List<Past> past, Map<String, Long> unsold) {

  public static final History NONE = new History(List.of(), Map.of());

  /**
   * Terms that held.
   *
   * @param sold units by meter that had been sold in the cycle when they ended
   * @param until when they ended
   * @param prorated whether the fees of these terms and the next were shared out by time
   */
  public record Past(Terms terms, Map<String, Long> sold, Instant until, boolean prorated) {
    public Past {
      sold = Map.copyOf(sold);
    }

    long soldOf(String meter) {
      return sold.getOrDefault(meter, 0L);
    }
  }

  public History {
    past = List.copyOf(past);
    unsold = Map.copyOf(unsold);
  }

  /** Units of the ledger that are sold, now or earlier in the cycle. */
  public Map<String, Long> sold(Map<String, Long> ledger) {
    if (unsold.isEmpty()) {
      return ledger;
    }
    Map<String, Long> sold = new java.util.HashMap<>(ledger);
    unsold.forEach((meter, units) -> sold.merge(meter, -units, Long::sum));
    return sold;
  }

  /** How many units of a meter had been sold when its present price began. */
  public long from(Terms now, String meter) {
    for (var earlier : past.reversed()) {
      if (!samePrice(earlier.terms(), now, meter)) {
        return earlier.soldOf(meter);
      }
    }
    return 0;
  }

  /** When the present price of a meter began; the beginning of the cycle when it has no other. */
  public Instant since(Terms now, String meter, Instant starts) {
    for (var earlier : past.reversed()) {
      if (!samePrice(earlier.terms(), now, meter)) {
        return earlier.until();
      }
    }
    return starts;
  }

  /** A part of a meter's units that has one price. */
  record Part(MeterTerms terms, long units) {}

  /** Units of a meter by their prices, in the order of time; parts without units are left out. */
  List<Part> parts(Terms now, String meter, long sold) {
    List<Part> parts = new java.util.ArrayList<>();
    long from = 0;
    for (int i = 0; i <= past.size(); i++) {
      var terms = i == past.size() ? now : past.get(i).terms();
      if (i < past.size()) {
        var next = i + 1 == past.size() ? now : past.get(i + 1).terms();
        if (samePrice(terms, next, meter)) {
          continue;
        }
      }
      long to = i == past.size() ? sold : Math.min(sold, past.get(i).soldOf(meter));
      var price = terms.billed(meter);
      if (to > from && price.isPresent()) {
        parts.add(new Part(price.get(), to - from));
      }
      from = Math.max(from, to);
    }
    return parts;
  }

  /** What so many sold units of a meter cost, in millionths of the minor unit; exact. */
  public long cost(Terms now, String meter, long sold) {
    long cost = 0;
    for (var part : parts(now, meter, sold)) {
      cost = Math.addExact(cost, part.terms().cost(part.units()));
    }
    return cost;
  }

  /**
   * Whether two terms sell a meter under the same price: one price goes on from one to the other.
   */
  public static boolean samePrice(Terms one, Terms other, String meter) {
    return one.plan().equals(other.plan())
        && one.currency().equals(other.currency())
        && one.billed(meter).isPresent()
        && one.billed(meter).equals(other.billed(meter));
  }
}
