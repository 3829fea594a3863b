package dev.tollgate.crd.experiment;

/** What happens when a variant does worse than the guard allows. */
public enum GuardAction {
  Rollback,
  Alert
}
