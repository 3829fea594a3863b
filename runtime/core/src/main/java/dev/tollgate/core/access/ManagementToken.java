package dev.tollgate.core.access;

/**
 * The token that the management port of a gateway pool wants in a cluster for what changes
 * something: in a Secret that the operator makes, with a label that no resource can ask for.
 */
public final class ManagementToken {

  /** Key of the token in the Secret. */
  public static final String KEY = "token";

  /** What the Secret is for, by its label {@code tollgate.dev/use}. */
  public static final String USE = "management";

  private ManagementToken() {}

  /** Name of the Secret of a pool. */
  public static String secret(String pool) {
    return pool + "-gateway-management";
  }
}
