package dev.tollgate.crd.model;

/** How far a model has come on a server. */
public enum ModelPhase {
  Pending,
  Loading,
  Ready,
  Failed
}
