package dev.tollgate.crd.plan;

/** What happens once the included quantity is used up. */
public enum OverageMode {
  /** More is free. */
  Allow,
  /** More is charged by tier. */
  Bill,
  /** More is refused. */
  Block
}
