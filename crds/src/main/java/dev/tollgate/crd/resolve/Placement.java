package dev.tollgate.crd.resolve;

/**
 * Identity and place of a tenant, a row of the platform database. {@code tenantId} is random and
 * never reused.
 */
public record Placement(
    String tenantId, String namespace, String name, String uid, String shardPool, String shard) {}
