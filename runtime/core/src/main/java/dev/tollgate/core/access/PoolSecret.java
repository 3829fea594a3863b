package dev.tollgate.core.access;

import dev.tollgate.core.tls.ServerCertificate;

/**
 * What a gateway pool and the operator know each other by, in a Secret that the operator makes. The
 * replicas have what is theirs of it as files, and may not read it: what the operator proves itself
 * with never reaches them.
 */
public final class PoolSecret {

  /** What the management port wants for what is the administrator's: 48 hexadecimal digits. */
  public static final String TOKEN = "token";

  /** The replicas' private key and certificate, in PEM. */
  public static final String KEY = ServerCertificate.KEY;

  public static final String CERTIFICATE = ServerCertificate.CHAIN;

  /** The operator's. */
  public static final String OPERATOR_KEY = "operator.key";

  public static final String OPERATOR_CERTIFICATE = "operator.crt";

  /** Certificates of who signed both, in PEM: the last one, and the one before it. */
  public static final String AUTHORITIES = "ca.crt";

  private PoolSecret() {}

  /** Name of the Secret of a pool. */
  public static String name(String pool) {
    return pool + "-gateway-management";
  }
}
