package dev.tollgate.crd.limit;

/** What each counter is kept for. */
public enum LimitBy {
  Tenant,
  Key,
  Route,
  Model,
  Address
}
