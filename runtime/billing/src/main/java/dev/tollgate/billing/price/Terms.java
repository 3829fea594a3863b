package dev.tollgate.billing.price;

import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.view.PlanView;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a tenant buys in a cycle, frozen when the cycle begins.
 *
 * @param currency ISO 4217
 * @param fee of a cycle, in millionths of the minor unit
 * @param meters in the order of their names
 */
public record Terms(
    String plan, String displayName, String currency, long fee, List<MeterTerms> meters) {

  public Terms {
    meters = List.copyOf(meters);
    if (fee < 0) {
      throw new IllegalArgumentException("plan " + plan + " has a negative fee");
    }
  }

  /** The terms of a plan; empty when it costs nothing, whatever is used. */
  public static Optional<Terms> of(PlanView plan) {
    var currency = plan.currency();
    if (currency == null) {
      return Optional.empty();
    }
    var meters =
        plan.meters().values().stream()
            .sorted(Comparator.comparing(m -> m.name()))
            .map(m ->
                new MeterTerms(
                    m.name(),
                    m.included(),
                    m.overage() == OverageMode.Bill ? m.tiers() : List.of()))
            .toList();
    if (plan.price() == 0 && meters.stream().noneMatch(MeterTerms::billed)) {
      return Optional.empty();
    }
    return Optional.of(new Terms(plan.name(), plan.displayName(), currency, plan.price(), meters));
  }

  /** The meters whose overage is sold. */
  public List<MeterTerms> billed() {
    return meters.stream().filter(MeterTerms::billed).toList();
  }

  /** One of {@link #billed}. */
  public Optional<MeterTerms> billed(String meter) {
    return meters.stream().filter(m -> m.meter().equals(meter) && m.billed()).findFirst();
  }
}
