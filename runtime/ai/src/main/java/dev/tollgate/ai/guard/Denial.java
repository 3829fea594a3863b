package dev.tollgate.ai.guard;

/**
 * Why a request is refused; it never has anything of its text.
 *
 * @param rule the place in the route's guardrails, such as {@code deny[2]}
 * @param message a sentence for the caller
 */
public record Denial(String rule, String message) {}
