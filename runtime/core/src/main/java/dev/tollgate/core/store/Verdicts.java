package dev.tollgate.core.store;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the verdicts in the platform database: tenants that the machine has suspended. While the
 * database is away what was known last holds.
 */
public final class Verdicts {

  private static final Logger LOG = LoggerFactory.getLogger(Verdicts.class);

  private final Databases databases;
  private final Consumer<Set<String>> suspend;
  private boolean away;

  /**
   * @param suspend told of all tenants that are suspended, each time they are read
   */
  public Verdicts(Databases databases, Consumer<Set<String>> suspend) {
    this.databases = databases;
    this.suspend = suspend;
  }

  /** Reads them; one thread at a time, every second or so. */
  public void refresh() {
    try (var connection = databases.platform().getConnection();
        var query = connection.prepareStatement("SELECT DISTINCT tenant_id FROM tenant_verdict");
        var rows = query.executeQuery()) {
      Set<String> tenants = new HashSet<>();
      while (rows.next()) {
        tenants.add(rows.getString(1));
      }
      suspend.accept(tenants);
      away = false;
    } catch (SQLException | StoreException e) {
      if (!away) {
        LOG.warn("Verdicts cannot be read, those known hold: {}", e.getMessage());
      }
      away = true;
    }
  }
}
