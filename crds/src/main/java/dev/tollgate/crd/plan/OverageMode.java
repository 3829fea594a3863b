package dev.tollgate.crd.plan;

/** What happens once the included quantity is used up. */
public enum OverageMode {
  Bill,
  Block
}
