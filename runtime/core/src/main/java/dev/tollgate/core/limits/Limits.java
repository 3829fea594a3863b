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
   * Keeps a long request's reservation alive for another lease, and takes what it has used beyond
   * it. Call it at half the lease (30 s).
   *
   * @param used units so far per charge and then per allowance, in their order; what is less than
   *     was reserved changes nothing
   * @return whether no counter is beyond what it allows; true where that cannot be told
   */
  CompletionStage<Boolean> renew(
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used);

  default CompletionStage<Boolean> renew(
      String tenantId, String requestId, List<Charge> charges, long[] used) {
    return renew(tenantId, requestId, charges, List.of(), used);
  }
}
