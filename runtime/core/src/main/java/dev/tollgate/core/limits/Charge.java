package dev.tollgate.core.limits;

import dev.tollgate.crd.view.LimitView;

/**
 * What a request wants of one limit.
 *
 * @param subject what the counter is kept for, such as {@code k:<key id>}; empty for the tenant
 * @param amount units of the limit's meter; for concurrency 1
 */
public record Charge(LimitView limit, String subject, long amount) {

  public Charge {
    // of bytes nothing is taken before they are known, which would fit into a limit of zero, too
    if (limit.quantity() <= 0) {
      amount = Math.max(1, amount);
    }
  }
}
