package dev.tollgate.core.tenancy;

import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.view.TenantView;
import java.util.Map;

/**
 * Everything this replica serves, at one moment. Immutable; replaced as a whole.
 *
 * @param generation grows by one with every change
 * @param tenants by tenant id
 * @param tenantIds tenant id by tenant name
 * @param unserved tenants that are there and cannot be served, by name
 */
public record ServingState(
    long generation,
    Shared shared,
    Map<String, TenantView> tenants,
    Map<String, String> tenantIds,
    Map<String, UnservedTenant> unserved) {

  /** Where every tenant is served. */
  public ServingState(
      long generation,
      Shared shared,
      Map<String, TenantView> tenants,
      Map<String, String> tenantIds) {
    this(generation, shared, tenants, tenantIds, Map.of());
  }
}
