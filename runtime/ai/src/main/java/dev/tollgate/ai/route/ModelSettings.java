package dev.tollgate.ai.route;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * Settings of calls to models.
 *
 * @param maxRequestBytes of a request's body, whatever a route allows
 * @param reserveOutputTokens what is reserved of budgets for the answer of a call that sets no
 *     bound of its own
 */
@ConfigurationProperties("tollgate.models")
record ModelSettings(
    @Bindable(defaultValue = "33554432") long maxRequestBytes,
    @Bindable(defaultValue = "1024") long reserveOutputTokens) {}
