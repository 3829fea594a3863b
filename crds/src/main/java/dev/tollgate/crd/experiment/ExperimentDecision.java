package dev.tollgate.crd.experiment;

/** How far an experiment has come. */
public enum ExperimentDecision {
  Collecting,
  Decided,
  RolledBack
}
