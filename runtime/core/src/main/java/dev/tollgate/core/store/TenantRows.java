package dev.tollgate.core.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Everything that is kept of a tenant, whatever product keeps it: rows that begin with its id. */
public final class TenantRows {

  private static final int AT_ONCE = 5_000;

  private final Databases databases;

  public TenantRows(Databases databases) {
    this.databases = databases;
  }

  /**
   * Deletes them, in its shard and then in the platform database, for ever. May take long; may be
   * repeated.
   *
   * @return rows deleted
   */
  public long delete(String shard, String tenantId) {
    return delete(databases.shard(shard), tenantId) + delete(databases.platform(), tenantId);
  }

  private static long delete(DataSource source, String tenantId) {
    try (var connection = source.getConnection()) {
      var deleted = 0L;
      for (var table : tables(connection)) {
        deleted += delete(connection, table, tenantId);
      }
      return deleted;
    } catch (SQLException e) {
      throw new StoreException("the rows of tenant " + tenantId + " were not all deleted", e);
    }
  }

  private static long delete(Connection connection, String table, String tenantId)
      throws SQLException {
    var deleted = 0L;
    // the name comes from the catalogue, not from a caller
    var sql = "DELETE FROM " + table + " WHERE tenant_id = ? LIMIT " + AT_ONCE;
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, tenantId);
      int count;
      do {
        count = statement.executeUpdate();
        deleted += count;
      } while (count == AT_ONCE);
    }
    return deleted;
  }

  /** Tables of this database that have tenants. */
  static List<String> tables(Connection connection) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (var columns =
        connection
            .getMetaData()
            .getColumns(connection.getCatalog(), connection.getSchema(), "%", "tenant_id")) {
      while (columns.next()) {
        tables.add(columns.getString("TABLE_NAME"));
      }
    }
    return tables;
  }
}
