package dev.tollgate.sites.json;

import dev.tollgate.core.Seldom;
import dev.tollgate.sites.json.JsonHistory.Kind;
import dev.tollgate.sites.json.JsonHistory.Operation;
import dev.tollgate.sites.json.JsonHistory.Outcome;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the history of callers whose plan has it. */
@Singleton
final class OperationLog {
  /** The feature a plan must have for history to be kept and shown. */
  static final String FEATURE = "json-history";

  private static final Logger LOG = LoggerFactory.getLogger(OperationLog.class);

  private final JsonHistory history;
  private final Clock clock = Clock.systemUTC();
  private final Seldom missing = new Seldom();

  OperationLog(JsonHistory history) {
    this.history = history;
  }

  /**
   * Remembers an operation. Without the feature does nothing; a store that fails costs the entry
   * and a warning, not the caller's answer.
   */
  void add(Caller caller, Kind kind, long size, Outcome outcome) {
    if (!caller.hasFeature(FEATURE)) {
      return;
    }
    try {
      history.add(caller.tenantId(), new Operation(kind, size, clock.instant(), outcome));
    } catch (UncheckedIOException e) {
      if (missing.now()) {
        LOG.warn(
            "Operations of the JSON tool are missing in histories, as that of tenant {}: {}",
            caller.tenantId(),
            e.getMessage());
      }
    }
  }
}
