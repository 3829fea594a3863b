package dev.tollgate.crd.gateway;

/** What a listener speaks. */
public enum Protocol {
  HTTP,
  HTTPS
}
