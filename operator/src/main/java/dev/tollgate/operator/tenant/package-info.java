/**
 * Tenant: identity, shard, first key, conditions, and what becomes of the data. Entered by the
 * controller's threads; talks to the API server and, when a tenant goes, to the gateway's replicas.
 */
@NullMarked
package dev.tollgate.operator.tenant;

import org.jspecify.annotations.NullMarked;
