package dev.tollgate.crd.view;

import java.time.Instant;

/**
 * What {@code per} tokens cost from a moment on, in millionths of the minor unit of the currency.
 */
public record ModelPriceView(
    Instant from,
    String currency,
    long per,
    long input,
    long output,
    long cachedInput,
    long cacheWrite,
    long cacheWriteHour) {}
