package dev.tollgate.crd.experiment;

/** Whom a variant stays with. */
public enum StickyBy {
  User,
  Tenant,
  Key
}
