package dev.tollgate.crd.plan;

/** Where a tenant keeps its data. */
public enum Isolation {
  Shared,
  Dedicated
}
