package dev.tollgate.core.tenancy;

import dev.tollgate.crd.view.TrustView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tenant that is there but cannot be served, such as one without its plan; its callers are told
 * so, since their credentials may be good.
 *
 * @param tenantId null when it has no place yet
 */
public record UnservedTenant(
    String name, @Nullable String tenantId, @Nullable String keyHash, List<TrustView> trusts) {}
