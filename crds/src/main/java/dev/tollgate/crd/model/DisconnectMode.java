package dev.tollgate.crd.model;

/** What becomes of the upstream call when the caller has hung up. */
public enum DisconnectMode {
  Cancel,
  Drain
}
