package dev.tollgate.crd.shard;

/**
 * Embedded: files on one gateway's disk. Managed: the operator runs MariaDB. External: databases
 * that exist.
 */
public enum Engine {
  Embedded,
  Managed,
  External
}
