package dev.tollgate.ai.protocol;

import org.jspecify.annotations.Nullable;

/**
 * An error that a backend tells of in the body of its answer.
 *
 * @param type the provider's own word for the kind, such as {@code overloaded_error}
 * @param message its sentence for people
 * @param code its code, such as {@code rate_limit_exceeded}
 */
public record UpstreamError(@Nullable String type, String message, @Nullable String code) {}
