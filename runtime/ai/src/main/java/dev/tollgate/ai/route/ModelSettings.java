package dev.tollgate.ai.route;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * Settings of calls to models.
 *
 * @param maxRequestBytes of a request's body, whatever a route allows
 * @param heldRequestBytes of the bodies of all requests that run, together; half of it is the most
 *     that one tenant's may have. 0 is a quarter of the heap
 * @param reserveOutputTokens what is reserved of budgets for the answer of a call that sets no
 *     bound of its own
 */
@ConfigurationProperties("tollgate.models")
record ModelSettings(
    @Bindable(defaultValue = "33554432") long maxRequestBytes,
    @Bindable(defaultValue = "0") long heldRequestBytes,
    @Bindable(defaultValue = "1024") long reserveOutputTokens) {}
