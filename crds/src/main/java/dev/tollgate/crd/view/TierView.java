package dev.tollgate.crd.view;

/**
 * One step of a graduated price; {@code upTo} is Long.MAX_VALUE on the last. {@code unitPrice} is
 * in millionths of the currency's minor unit.
 */
public record TierView(long upTo, long unitPrice) {}
