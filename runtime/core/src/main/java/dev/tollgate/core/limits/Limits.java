package dev.tollgate.core.limits;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * One engine for every meter. A request reserves before the work and settles after it; a
 * reservation that is never settled expires.
 */
public interface Limits {

  /**
   * Takes all charges or none, in one round trip to Redis at most. Completes at once when all
   * counters are in memory; never blocks.
   *
   * @param tenantId names the hash tag that all counters of the tenant share
   * @param requestId names the reservation
   * @param allowances taken with the charges where a Redis counts for all replicas; elsewhere
   *     nothing is done with them
   */
  CompletionStage<Decision> reserve(
      String tenantId, String requestId, List<Charge> charges, List<Allowance> allowances);

  default CompletionStage<Decision> reserve(
      String tenantId, String requestId, List<Charge> charges) {
    return reserve(tenantId, requestId, charges, List.of());
  }

  /**
   * Ends the reservation: frees concurrency, and corrects each charge by what was really used. Of
   * meter "requests" nothing is left to correct unless {@code used} differs from the amount. Every
   * other meter has a lease: settling it twice, or after it has expired, changes nothing. Give a
   * charge of "requests" back only once.
   *
   * @param used units per charge and then per allowance, in their order; 0 gives one back
   */
  void settle(
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used);

  default void settle(String tenantId, String requestId, List<Charge> charges, long[] used) {
    settle(tenantId, requestId, charges, List.of(), used);
  }

  /**
   * Keeps a long request's reservation alive for another lease. Call it at half the lease (30 s).
   */
  void renew(String tenantId, String requestId, List<Charge> charges, List<Allowance> allowances);

  default void renew(String tenantId, String requestId, List<Charge> charges) {
    renew(tenantId, requestId, charges, List.of());
  }
}
