package dev.tollgate.crd.resolve;

import java.util.Set;

/** What can be counted, by the names that plans and policies have for it. */
final class Meters {
  static final String CONCURRENCY = "concurrency";
  static final String MONEY = "money";

  /** Those that a plan may count. */
  static final Set<String> OF_PLANS = Set.of("requests", "bytes", "tokens", MONEY);

  /** Counted by the gateway itself, whatever the plan says. */
  static final Set<String> ALWAYS = Set.of("requests", "bytes", CONCURRENCY);

  private Meters() {}
}
