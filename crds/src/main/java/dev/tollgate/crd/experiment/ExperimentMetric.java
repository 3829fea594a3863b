package dev.tollgate.crd.experiment;

/** What an experiment is decided by. */
public enum ExperimentMetric {
  Score,
  Accuracy,
  Error,
  Cost,
  Latency,
  FirstToken,
  Tokens
}
