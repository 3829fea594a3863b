/** Which tenants there are and what is served: manifests, the current state, placements. */
@NullMarked
package dev.tollgate.core.tenancy;

import org.jspecify.annotations.NullMarked;
