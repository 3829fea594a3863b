/**
 * What tenants are told when something happens to them: the outbox in the platform database, and
 * its delivery to their webhooks. {@link dev.tollgate.core.events.WebhookDelivery} has a thread of
 * its own and virtual ones; nothing here runs on an event loop.
 */
@NullMarked
package dev.tollgate.core.events;

import org.jspecify.annotations.NullMarked;
