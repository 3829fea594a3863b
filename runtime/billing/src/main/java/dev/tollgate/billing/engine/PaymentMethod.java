package dev.tollgate.billing.engine;

/** A payment method that a customer left. */
public record PaymentMethod(String customer, String id) {}
