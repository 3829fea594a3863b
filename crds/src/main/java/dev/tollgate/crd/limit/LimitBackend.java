package dev.tollgate.crd.limit;

/** Where counters live: in each replica, or in Redis for all of them. */
public enum LimitBackend {
  Memory,
  Redis
}
