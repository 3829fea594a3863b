package dev.tollgate.core.store;

import dev.tollgate.core.access.KeyRecord;
import dev.tollgate.core.access.KeyStore;
import dev.tollgate.core.access.Scopes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** API keys in the platform database. */
public final class JdbcKeyStore implements KeyStore {

  private static final String COLUMNS =
      "SELECT tenant_id, hash, label, scopes, created, expires, revoked FROM api_key";

  private final Databases databases;

  public JdbcKeyStore(Databases databases) {
    this.databases = databases;
  }

  @Override
  public List<KeyRecord> all() {
    try (var connection = databases.platform().getConnection();
        var query = connection.prepareStatement(COLUMNS);
        var rows = query.executeQuery()) {
      List<KeyRecord> keys = new ArrayList<>();
      while (rows.next()) {
        keys.add(record(rows));
      }
      return keys;
    } catch (SQLException e) {
      throw new StoreException("the API keys cannot be read", e);
    }
  }

  @Override
  public List<KeyRecord> of(String tenantId) {
    try (var connection = databases.platform().getConnection();
        var query =
            connection.prepareStatement(COLUMNS + " WHERE tenant_id = ? ORDER BY created")) {
      query.setString(1, tenantId);
      List<KeyRecord> keys = new ArrayList<>();
      try (var rows = query.executeQuery()) {
        while (rows.next()) {
          keys.add(record(rows));
        }
      }
      return keys;
    } catch (SQLException e) {
      throw new StoreException("the API keys of tenant " + tenantId + " cannot be read", e);
    }
  }

  private static KeyRecord record(ResultSet rows) throws SQLException {
    var expires = rows.getLong("expires");
    var never = rows.wasNull();
    return new KeyRecord(
        rows.getString("tenant_id"),
        rows.getString("hash"),
        rows.getString("label"),
        scopes(rows.getString("scopes")),
        Instant.ofEpochMilli(rows.getLong("created")),
        never ? null : Instant.ofEpochMilli(expires),
        rows.getBoolean("revoked"));
  }

  private static Scopes scopes(String stored) {
    return Scopes.of(stored.isEmpty() ? Set.of() : Set.of(stored.split(" ", -1)));
  }

  @Override
  public void put(KeyRecord key) {
    try (var connection = databases.platform().getConnection();
        var statement =
            connection.prepareStatement(
                """
                INSERT INTO api_key (tenant_id, hash, label, scopes, created, expires, revoked)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON DUPLICATE KEY UPDATE
                  expires = VALUES(expires), revoked = revoked OR VALUES(revoked)\
                """)) {
      statement.setString(1, key.tenantId());
      statement.setString(2, key.hash());
      statement.setString(3, key.label());
      statement.setString(4, String.join(" ", key.scopes().names()));
      statement.setLong(5, key.created().toEpochMilli());
      var expires = key.expires();
      if (expires == null) {
        statement.setNull(6, java.sql.Types.BIGINT);
      } else {
        statement.setLong(6, expires.toEpochMilli());
      }
      statement.setBoolean(7, key.revoked());
      statement.executeUpdate();
    } catch (SQLException e) {
      throw new StoreException("an API key of tenant " + key.tenantId() + " was not stored", e);
    }
  }
}
