package dev.tollgate.gateway;

import dev.tollgate.crd.plan.Priority;

/** How many requests a tenant has served in one turn of a fair queue. */
final class Weights {

  private Weights() {}

  static int of(Priority priority) {
    return switch (priority) {
      case Low -> 1;
      case Normal -> 2;
      case High -> 4;
    };
  }
}
