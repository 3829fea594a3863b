/**
 * Language models as a product: the protocols of clients and backends, routes to models,
 * guardrails, the cache of answers, prompts, experiments. Calls stay on the event loop that they
 * came in on.
 */
@NullMarked
package dev.tollgate.ai;

import org.jspecify.annotations.NullMarked;
