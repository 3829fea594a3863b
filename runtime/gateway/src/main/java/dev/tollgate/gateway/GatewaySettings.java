package dev.tollgate.gateway;

import io.micronaut.context.annotation.ConfigurationProperties;

/**
 * Settings of the gateway.
 *
 * @param pool the GatewayPool that this replica belongs to
 */
@ConfigurationProperties("tollgate.gateway")
public record GatewaySettings(String pool) {}
