package dev.tollgate.core.store;

import dev.tollgate.core.access.KeyRecord;
import dev.tollgate.core.access.KeyStore;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;

/** API keys in the platform database. */
@Singleton
public final class JdbcKeyStore implements KeyStore {

  private final KeyRows rows;

  JdbcKeyStore(KeyRows rows) {
    this.rows = rows;
  }

  @Override
  public List<KeyRecord> all() {
    return keys(StoreException.unless("the API keys cannot be read", rows::findAll));
  }

  @Override
  public List<KeyRecord> of(String tenantId) {
    return keys(
        StoreException.unless(
            "the API keys of tenant " + tenantId + " cannot be read",
            () -> rows.findByTenantIdOrderByCreated(tenantId)));
  }

  @Override
  public void put(KeyRecord key) {
    StoreException.unless(
        "an API key of tenant " + key.tenantId() + " was not stored",
        () -> {
          rows.put(KeyRow.of(key));
          rows.changed(); // after it: who sees that there was a change sees the change
        });
  }

  @Override
  public int forget(Instant now, Instant before, int atMost) {
    return StoreException.unless(
        "the API keys that ended long ago were not deleted",
        () -> {
          rows.ended(now.toEpochMilli());
          return rows.forget(before.toEpochMilli(), atMost);
        });
  }

  @Override
  public long changes() {
    return StoreException.unless("the API keys cannot be read", () -> rows.changes().orElse(0L));
  }

  private static List<KeyRecord> keys(List<KeyRow> rows) {
    return rows.stream().map(KeyRow::key).toList();
  }
}
