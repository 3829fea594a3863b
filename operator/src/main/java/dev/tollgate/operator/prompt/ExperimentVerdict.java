package dev.tollgate.operator.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the guard of an experiment has found; it stays until the experiment is shuffled anew.
 *
 * @param variant that crossed a bound
 * @param reason which bound, by how much, of how many calls
 * @param at RFC 3339, UTC
 * @param rollback whether everyone gets the control since
 */
record ExperimentVerdict(String variant, String reason, String at, boolean rollback) {

  /** Reads what a replica tells; empty where there is none. */
  static Optional<ExperimentVerdict> of(JsonNode verdict) {
    return verdict.isObject()
        ? Optional.of(
            new ExperimentVerdict(
                verdict.path("variant").asText(),
                verdict.path("reason").asText(),
                verdict.path("at").asText(),
                verdict.path("rollback").asBoolean()))
        : Optional.empty();
  }

  /** The condition that it makes. */
  static Wanted condition(@Nullable ExperimentVerdict verdict) {
    if (verdict == null) {
      return Wanted.no("RolledBack", "NotCrossed", "No variant has crossed the guard.");
    }
    var found = "Variant " + verdict.variant() + ": " + verdict.reason() + ". ";
    return verdict.rollback()
        ? Wanted.yes(
            "RolledBack",
            "GuardCrossed",
            found
                + "Everyone gets the control since "
                + verdict.at()
                + "; apply the experiment with another salt to begin anew.")
        : Wanted.no(
            "RolledBack",
            "Alert",
            found
                + "It was found at "
                + verdict.at()
                + " and nothing was moved, since the guard's action is Alert; apply the experiment with another salt to be told again.");
  }
}
