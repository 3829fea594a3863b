package dev.tollgate.core.store;

/** The Secret in which the operator tells the runtime how to connect to a Managed shard. */
public final class Credentials {

  /** Key of the JDBC URL, without credentials. */
  public static final String URL = "jdbc-url";

  public static final String USER = "user";
  public static final String PASSWORD = "password";

  /** Certificate, in PEM, of who signed that of the database; without it TLS is not spoken. */
  public static final String AUTHORITY = "ca.crt";

  private Credentials() {}

  /** Name of the Secret of one shard. */
  public static String secret(String shardPool, int number) {
    return shardPool + "-credentials-" + number;
  }
}
