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
   */
  CompletionStage<Decision> reserve(String tenantId, String requestId, List<Charge> charges);

  /**
   * Ends the reservation: frees concurrency, and corrects each charge by what was really used. Of
   * meter "requests" nothing is left to correct unless {@code used} differs from the amount. Every
   * other meter has a lease: settling it twice, or after it has expired, changes nothing. Give a
   * charge of "requests" back only once.
   *
   * @param used units per charge, in the order of {@code charges}; 0 gives a charge back
   */
  void settle(String tenantId, String requestId, List<Charge> charges, long[] used);

  /**
   * Keeps a long request's reservation alive for another lease. Call it at half the lease (30 s).
   */
  void renew(String tenantId, String requestId, List<Charge> charges);
}
