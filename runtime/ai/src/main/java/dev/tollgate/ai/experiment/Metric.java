package dev.tollgate.ai.experiment;

import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.crd.experiment.ExperimentMetric;

/** What is measured of a call, and how the rows of a shard tell it. */
enum Metric {
  /** 1 for a call that failed, 0 for another, also where the caller left. */
  ERROR("CASE WHEN c.error IN ('', '" + ModelCall.CLIENT_GONE + "') THEN 0 ELSE 1 END", "", false),
  /** Whole time, in milliseconds. */
  LATENCY("c.latency_ms", "", false),
  /** Time to the first content, of calls that had one, in milliseconds. */
  FIRST_TOKEN("c.first_token_ms", " AND c.first_token_ms >= 0", false),
  /** Tokens both ways. */
  TOKENS("c.tokens_in + c.tokens_out", "", false),
  /** Millionths of the minor unit of the currency. */
  COST("c.cost", "", false),
  /** What people gave, of calls they spoke of. */
  SCORE("CAST(f.said AS DOUBLE)", " AND f.metric = 'score'", true),
  /** Share found right, of calls that were checked. */
  ACCURACY("CAST(f.said AS DOUBLE)", " AND f.metric = 'accuracy'", true);

  final String value;
  final String where;
  final boolean higherIsBetter;

  Metric(String value, String where, boolean feedback) {
    this.value = value;
    this.where = where;
    this.higherIsBetter = feedback;
  }

  /** Whether it is in the rows of feedback. */
  boolean feedback() {
    return higherIsBetter;
  }

  static Metric of(ExperimentMetric metric) {
    return switch (metric) {
      case Score -> SCORE;
      case Accuracy -> ACCURACY;
      case Error -> ERROR;
      case Cost -> COST;
      case Latency -> LATENCY;
      case FirstToken -> FIRST_TOKEN;
      case Tokens -> TOKENS;
    };
  }
}
