package dev.tollgate.billing.work;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How billing stands after the last round of the replica that does its work; nothing in any other.
 * Counts are of all tenants of the platform, but {@code waiting} is of the replica's pool.
 *
 * @param compared RFC 3339, UTC: when ledger, meter and invoice were last compared
 * @param drift units that ledger and meter are apart, without their sign
 * @param differences where, at most a few
 * @param waiting tenants whose billing failed in the last two rounds, at most a few
 * @param failures how many they are
 * @param customers tenants that the engine knows as customers
 * @param openEvents events of meters that it may not have taken yet
 * @param owing tenants that owe what should have been paid
 * @param suspended tenants that are suspended for it
 * @param trouble why what is done for all tenants together is not done; null where it is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BillingReport(
    @Nullable String compared,
    long drift,
    List<Difference> differences,
    List<Waiting> waiting,
    long failures,
    long customers,
    long openEvents,
    long owing,
    long suspended,
    @Nullable String trouble) {

  static final BillingReport NONE =
      new BillingReport(null, 0, List.of(), List.of(), 0, 0, 0, 0, 0, null);

  public BillingReport {
    differences = List.copyOf(differences);
    waiting = List.copyOf(waiting);
  }

  /** The same, but that nothing is done now. */
  BillingReport with(@Nullable String trouble) {
    return new BillingReport(
        compared,
        drift,
        differences,
        waiting,
        failures,
        customers,
        openEvents,
        owing,
        suspended,
        trouble);
  }

  /**
   * A meter that is not what the ledger says.
   *
   * @param tenant its name, or its id when it is gone
   * @param cycle its first day
   * @param units above zero: sent and not counted; below zero: counted and never sent
   */
  public record Difference(String tenant, String cycle, String meter, long units) {}

  /** A tenant whose billing failed, by name, and why. */
  public record Waiting(String tenant, String reason) {}
}
