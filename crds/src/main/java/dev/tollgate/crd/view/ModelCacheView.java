package dev.tollgate.crd.view;

import java.time.Duration;

/** How long answers are kept, and which share of the price one from the cache is billed. */
public record ModelCacheView(Duration ttl, int hitPercent) {}
