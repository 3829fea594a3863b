package dev.tollgate.core.store;

import javax.sql.DataSource;

/** Where the data of a tenant is. */
public interface TenantData {

  /**
   * The database of the shard that holds a tenant's rows; each of its tables leads its keys with
   * the tenant's id.
   *
   * @throws StoreException when the tenant is not served here, or its shard is away
   */
  DataSource of(String tenantId);
}
