package dev.tollgate.crd.tenant;

/** How far a tenant has come into its included quantity. */
public enum QuotaState {
  WithinIncluded,
  Alerted,
  Blocked
}
