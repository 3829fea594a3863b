package dev.tollgate.crd.gateway;

/** What a replica does. */
public enum Role {
  Api,
  Realtime,
  Worker
}
