package dev.tollgate.operator.shard;

/**
 * The two database users of the runtime. One is in use; the other is given a new password when the
 * credentials rotate, so that open connections and replicas that read late are never refused.
 */
enum RuntimeUser {
  A("tollgate_a", "a-password"),
  B("tollgate_b", "b-password");

  private final String login;
  private final String key;

  RuntimeUser(String login, String key) {
    this.login = login;
    this.key = key;
  }

  /** Its name in the database. */
  String login() {
    return login;
  }

  /** Key of its password in the Secret {@code <pool>-root-<n>}. */
  String key() {
    return key;
  }

  static RuntimeUser besides(String login) {
    return login.equals(A.login) ? B : A;
  }
}
