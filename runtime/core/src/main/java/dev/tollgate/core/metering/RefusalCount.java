package dev.tollgate.core.metering;

/**
 * How many requests of a tenant were refused on a route for one reason within one second.
 *
 * @param second since the epoch
 */
public record RefusalCount(
    String shard, String tenantId, String route, String reason, long second, long count) {}
