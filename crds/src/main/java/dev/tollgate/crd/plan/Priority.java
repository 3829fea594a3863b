package dev.tollgate.crd.plan;

/** Weight of a tenant in fair queues: Low 1, Normal 2, High 4. */
public enum Priority {
  Low,
  Normal,
  High
}
