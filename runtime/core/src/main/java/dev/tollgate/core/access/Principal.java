package dev.tollgate.core.access;

import dev.tollgate.crd.resolve.TenantView;
import java.util.Set;

/**
 * Who calls: a tenant, and what of the tenant's.
 *
 * @param tenant the tenant as served now
 * @param id the key id ({@code key:<id>}), or {@code jwt:<issuer>#<sub>}
 * @param scopes granted scopes; {@code *} grants all
 */
public record Principal(TenantView tenant, String id, Set<String> scopes) {

  public boolean hasScope(String scope) {
    return scopes.contains("*") || scopes.contains(scope);
  }
}
