package dev.tollgate.core.store;

import dev.tollgate.core.tenancy.LiveServing;
import jakarta.inject.Singleton;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the verdicts in the platform database: tenants that the machine has suspended. While the
 * database is away what was known last holds.
 */
@Singleton
public final class Verdicts {

  private static final Logger LOG = LoggerFactory.getLogger(Verdicts.class);

  private final VerdictRows rows;
  private final LiveServing serving;
  private boolean away;

  Verdicts(VerdictRows rows, LiveServing serving) {
    this.rows = rows;
    this.serving = serving;
  }

  /** Reads them; one thread at a time, every second or so. */
  public void refresh() {
    try {
      serving.suspend(
          Set.copyOf(StoreException.unless("the database is away", rows::findDistinctTenantId)));
      away = false;
    } catch (StoreException e) {
      if (!away) {
        LOG.warn("Verdicts cannot be read, those known hold", e);
      }
      away = true;
    }
  }
}
