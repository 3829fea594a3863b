/** Shard pools: where tenants' data lives. */
@NullMarked
package dev.tollgate.crd.shard;

import org.jspecify.annotations.NullMarked;
