package dev.tollgate.crd.resolve;

/** What a token is matched to a trust by: its iss and one of its aud claims. */
public record IssuerAudience(String issuer, String audience) {}
