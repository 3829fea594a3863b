package dev.tollgate.billing.engine;

/** A customer to be made for a tenant. */
public record CustomerDraft(String tenantId, String name) {}
