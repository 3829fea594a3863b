package dev.tollgate.core.limits;

/**
 * What a plan includes of a meter in a billing cycle, and what a request wants of it. Counted by
 * all replicas together in the Redis that counts limits, in the same call; without a Redis nobody
 * counts it here, and each replica goes by the ledger alone.
 *
 * @param meter such as {@code tokens}
 * @param cycle first day of the cycle
 * @param startMillis of the cycle, since the epoch
 * @param endMillis of the cycle
 * @param included units a cycle
 * @param amount units that the request may need
 * @param ledger units that the ledger holds, as far as this replica knows: what Redis has counted
 *     is never taken to be less, also after it has lost its memory
 */
public record Allowance(
    String meter,
    String cycle,
    long startMillis,
    long endMillis,
    long included,
    long amount,
    long ledger) {

  /** Whether the amount is an estimate, which the end of the request corrects. */
  boolean leased() {
    return !meter.equals("requests");
  }

  /**
   * An allowance that had too little left.
   *
   * @param used units, of all replicas
   */
  public record Exhausted(Allowance allowance, long used) {}
}
