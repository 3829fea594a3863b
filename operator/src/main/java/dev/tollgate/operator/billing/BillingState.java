package dev.tollgate.operator.billing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How billing stands, as the replica tells it that does its work.
 *
 * @param compared when ledger, meters and invoices were last compared
 * @param drift units that ledger and meters are apart
 * @param differences where, in words, at most a few
 * @param failures tenants whose billing failed in the last two rounds
 * @param waiting why, in words, at most a few
 * @param customers tenants that the provider knows
 * @param openEvents events of meters that may not have arrived
 * @param owing tenants that owe what should have been paid
 * @param suspended tenants that are suspended for it
 * @param trouble why what is done for all tenants together is not done; empty where it is
 */
record BillingState(
    Instant compared,
    long drift,
    List<String> differences,
    long failures,
    List<String> waiting,
    int customers,
    long openEvents,
    int owing,
    int suspended,
    String trouble) {

  /** Comparisons are made each hour; after so long something keeps them from being made. */
  static final Duration OVERDUE = Duration.ofHours(3);

  private static final String CONDITION = "Reconciled";

  BillingState {
    differences = List.copyOf(differences);
    waiting = List.copyOf(waiting);
  }

  /** Reads what a replica tells; empty where it does not do the work, or has yet to compare. */
  static Optional<BillingState> of(JsonNode report) {
    List<String> differences = new ArrayList<>();
    for (var one : report.path("differences")) {
      var units = one.path("units").asLong();
      differences.add(
          "%s of tenant %s in the cycle from %s: %d units were %s."
              .formatted(
                  one.path("meter").asText(),
                  one.path("tenant").asText(),
                  one.path("cycle").asText(),
                  Math.abs(units),
                  units > 0
                      ? "sent and not counted, and are sent anew"
                      : "counted and never sent; see who else sends events of this meter"));
    }
    List<String> waiting = new ArrayList<>();
    for (var one : report.path("waiting")) {
      waiting.add(one.path("tenant").asText() + ": " + one.path("reason").asText() + ".");
    }
    try {
      return Optional.of(
          new BillingState(
              Instant.parse(report.path("compared").asText()),
              report.path("drift").asLong(),
              differences,
              report.path("failures").asLong(),
              waiting,
              report.path("customers").asInt(),
              report.path("openEvents").asLong(),
              report.path("owing").asInt(),
              report.path("suspended").asInt(),
              report.path("trouble").asText("")));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /**
   * Together with what another pool's replica tells: what they know of the whole platform is taken
   * of the one that compared last, what each knows of its own tenants is put together.
   */
  BillingState and(BillingState other) {
    var newest = compared.isBefore(other.compared) ? other : this;
    List<String> both = new ArrayList<>(waiting);
    both.addAll(other.waiting);
    return new BillingState(
        newest.compared,
        newest.drift,
        newest.differences,
        failures + other.failures,
        both,
        newest.customers,
        newest.openEvents,
        newest.owing,
        newest.suspended,
        trouble.isEmpty() ? other.trouble : trouble);
  }

  /** The condition that it makes. */
  Wanted condition(Instant now) {
    if (!trouble.isEmpty()) {
      return Wanted.no(
          CONDITION,
          "ProviderRefuses",
          "What is done for all tenants together fails: " + trouble + ".");
    }
    if (drift != 0) {
      return Wanted.no(
          CONDITION,
          "Drift",
          "Ledger and meters are %d units apart. %s"
              .formatted(drift, String.join(" ", differences)));
    }
    if (failures > 0) {
      return Wanted.no(
          CONDITION,
          "BillingFailed",
          "The billing of %d tenants failed and is tried again each minute. %s"
              .formatted(failures, String.join(" ", waiting)));
    }
    if (now.isAfter(compared.plus(OVERDUE))) {
      return Wanted.no(
          CONDITION,
          "NotCompared",
          "Nothing was compared since %s; the logs of replicas with the role Worker say why."
              .formatted(compared));
    }
    return Wanted.yes(CONDITION, "Reconciled", "Ledger, meters and invoices agree.");
  }
}
