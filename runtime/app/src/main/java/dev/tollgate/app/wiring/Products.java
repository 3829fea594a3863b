package dev.tollgate.app.wiring;

import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.store.TenantScope;
import dev.tollgate.core.tenancy.LiveServing;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;

/** Gives built-in products what they need: who calls, and where to keep data. */
@Factory
final class Products {

  @Singleton
  TenantScope tenantScope(LiveServing serving, Databases databases) {
    return new TenantScope(
        databases,
        tenantId -> {
          var tenant = serving.current().tenants().get(tenantId);
          if (tenant == null) {
            throw new StoreException("tenant " + tenantId + " is not served here", null);
          }
          return tenant.shard();
        });
  }
}
