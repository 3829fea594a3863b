package dev.tollgate.core.tenancy;

/**
 * What a Secret may be used for. It says so itself, by its label, so that whoever may write a
 * resource cannot have any Secret sent anywhere by naming it.
 */
public final class SecretUse {

  /** The label whose value is one of those below. */
  public static final String LABEL = "tollgate.dev/use";

  /** Sent to backends: keys and headers; or the authorities of their certificates. */
  public static final String UPSTREAM = "upstream";

  /** Verifies tokens: secrets shared with issuers, or the authorities of their certificates. */
  public static final String JWT = "jwt";

  /** Credentials of databases. */
  public static final String STORE = "store";

  /** The password of a Redis. */
  public static final String REDIS = "redis";

  /** Signs what is sent to a tenant's webhook. */
  public static final String WEBHOOK = "webhook";

  /** Keys of the billing provider. */
  public static final String BILLING = "billing";

  /** Variables of the environment of replicas. */
  public static final String GATEWAY = "gateway";

  /** What the operator and the replicas of a pool know each other by; the operator makes it. */
  public static final String MANAGEMENT = "management";

  private SecretUse() {}
}
