package dev.tollgate.core.access;

import dev.tollgate.crd.resolve.TenantView;

/**
 * Who calls: a tenant, and what of the tenant's.
 *
 * @param tenant the tenant as served now
 * @param id the key id ({@code key:<id>}), or {@code jwt:<issuer>#<sub>}
 */
public record Principal(TenantView tenant, String id, Scopes scopes) {

  public boolean hasScope(String scope) {
    return scopes.has(scope);
  }
}
