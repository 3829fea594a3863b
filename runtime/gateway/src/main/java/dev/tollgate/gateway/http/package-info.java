/**
 * HTTP as the gateway reads and writes it: targets, names of hosts, headers, upgrades, and answers
 * that say what is wrong. Knows neither routes nor tenants; any thread.
 */
@NullMarked
package dev.tollgate.gateway.http;

import org.jspecify.annotations.NullMarked;
