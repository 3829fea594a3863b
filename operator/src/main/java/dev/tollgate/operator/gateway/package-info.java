/**
 * GatewayPool: the replicas of the runtime and all that belongs to them. The reconciler decides,
 * the rest computes: from a pool's spec what is to be there, and from pods, claims and Secrets what
 * to say. Touches nothing but what {@code Owned} names and the annotation of claims; reads Secrets
 * with certificates, and of tenants what {@code TenantStore} keeps. Entered by reconciler threads,
 * one at a time for each pool, and by the informers' threads, which only wake pools.
 */
@NullMarked
package dev.tollgate.operator.gateway;

import org.jspecify.annotations.NullMarked;
