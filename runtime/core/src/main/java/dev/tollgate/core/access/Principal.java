package dev.tollgate.core.access;

import dev.tollgate.crd.view.TenantView;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who calls: a tenant, and what of the tenant's.
 *
 * @param tenant the tenant as served now
 * @param id the key id ({@code key:<id>}), or {@code jwt:<issuer>#<sub>}
 * @param expires of a key; null when it never does, and of a token
 */
public record Principal(TenantView tenant, String id, Scopes scopes, @Nullable Instant expires) {

  /** The attribute of a request to a tenant's API in which its caller is found. */
  public static final String ATTRIBUTE = "tollgate.principal";

  public boolean hasScope(String scope) {
    return scopes.has(scope);
  }

  /** Whether it may use what needs a scope of its own, or where that names none, the use's. */
  public boolean opens(@Nullable String scope, Use use) {
    return scope == null ? scopes.allow(use) : hasScope(scope);
  }
}
