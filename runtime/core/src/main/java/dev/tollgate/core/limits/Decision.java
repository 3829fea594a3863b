package dev.tollgate.core.limits;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer of the limits to one request: all charges and allowances or none.
 *
 * @param allowed whether the request may go on
 * @param states one per charge, in the order of the charges
 * @param refusedBy index of the charge that refused, or -1
 * @param exhausted the allowance that refused, when none of the charges did
 */
public record Decision(
    boolean allowed, List<State> states, int refusedBy, Allowance.@Nullable Exhausted exhausted) {

  Decision(boolean allowed, List<State> states, int refusedBy) {
    this(allowed, states, refusedBy, null);
  }

  /** The answer when nothing was asked for. */
  public static final Decision UNLIMITED = new Decision(true, List.of(), -1);

  /**
   * @param remaining units left now
   * @param resetMillis until the counter is full again
   * @param retryAfterMillis until this amount would be allowed; 0 when allowed, -1 never
   * @param counted whether this is known; not so where what counts is away and the limit is closed
   */
  public record State(
      Charge charge, long remaining, long resetMillis, long retryAfterMillis, boolean counted) {

    State(Charge charge, long remaining, long resetMillis, long retryAfterMillis) {
      this(charge, remaining, resetMillis, retryAfterMillis, true);
    }
  }
}
