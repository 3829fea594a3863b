package dev.tollgate.crd.access;

/** Signature algorithms of RFC 7518 that a trust may name. */
public enum SignatureAlgorithm {
  HS256,
  RS256,
  ES256
}
