package dev.tollgate.billing.account;

import dev.tollgate.billing.price.Terms;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A tenant as a customer of the engine.
 *
 * @param subscription null while there is none
 * @param subscribedAt when it began
 * @param terms that the subscription has now
 * @param nextTerms that it will have from the next cycle on, when they are others
 * @param trialUntil end of the first, free cycles; no subscription before it
 * @param ending whether it ends with the running cycle
 * @param paymentMethod that the tenant left to be charged
 * @param chargedMethod that the subscription charges; null while its invoices are only sent
 * @param shard that has its ledger; null while that was not noted
 */
public record Account(
    String tenantId,
    String customer,
    @Nullable String subscription,
    @Nullable Instant subscribedAt,
    @Nullable Terms terms,
    @Nullable Terms nextTerms,
    @Nullable Instant trialUntil,
    boolean ending,
    @Nullable Instant missingSince,
    @Nullable String paymentMethod,
    @Nullable String chargedMethod,
    @Nullable String shard) {}
