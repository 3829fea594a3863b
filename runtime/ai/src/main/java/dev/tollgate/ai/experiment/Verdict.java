package dev.tollgate.ai.experiment;

import java.time.Instant;

/**
 * What a guard has found, once and for all under this salt.
 *
 * @param variant that crossed a bound
 * @param reason which bound, by how much, of how many calls
 */
public record Verdict(String experiment, String salt, String variant, String reason, Instant at) {}
