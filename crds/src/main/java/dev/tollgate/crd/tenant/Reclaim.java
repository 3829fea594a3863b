package dev.tollgate.crd.tenant;

/** What happens to the data when the Tenant is deleted. */
public enum Reclaim {
  Retain,
  Delete
}
