/** Tenant: identity, shard, first key, conditions. */
@NullMarked
package dev.tollgate.operator.tenant;

import org.jspecify.annotations.NullMarked;
