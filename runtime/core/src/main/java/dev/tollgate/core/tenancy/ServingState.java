package dev.tollgate.core.tenancy;

import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.resolve.TenantView;
import java.util.Map;

/**
 * Everything this replica serves, at one moment. Immutable; replaced as a whole.
 *
 * @param generation grows by one with every change
 * @param tenants by tenant id
 * @param tenantIds tenant id by tenant name
 */
public record ServingState(
    long generation,
    Shared shared,
    Map<String, TenantView> tenants,
    Map<String, String> tenantIds) {}
