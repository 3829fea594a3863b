package dev.tollgate.operator.shard;

import dev.tollgate.core.store.Credentials;
import dev.tollgate.core.store.Databases;
import dev.tollgate.crd.shard.ShardPool;
import io.fabric8.kubernetes.api.model.Secret;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Gives the runtime another password, with no moment at which the one it has is refused: the user
 * that is not in use gets a new password, and only when that has been tried does the runtime's
 * Secret name it. What was done is kept in that Secret, as its last step; whatever cuts it short
 * before is done again from the start, on the user that nobody uses.
 *
 * <p>The Secret of the database's pod is written before the database: were it the other way round,
 * a restart between the two would bring back the old password.
 */
final class Rotation {

  /** On a ShardPool: any new value asks for new passwords. */
  static final String WISH = "tollgate.dev/rotate-credentials";

  /** On the credentials: the wish that was fulfilled. */
  static final String DONE = "tollgate.dev/rotated";

  /** On the credentials: when the password was made. */
  static final String SINCE = "tollgate.dev/rotated-at";

  /** Without a wish, a password is used no longer than this. */
  static final Duration MAX_AGE = Duration.ofDays(90);

  private static final String TIMEOUT_MILLIS = "5000";

  private Rotation() {}

  /** The annotations of credentials that are as the pool wishes. */
  static Map<String, @Nullable String> done(ShardPool pool, Instant now) {
    Map<String, @Nullable String> annotations = new HashMap<>();
    annotations.put(SINCE, now.truncatedTo(ChronoUnit.SECONDS).toString());
    var wish = annotation(pool.getMetadata().getAnnotations(), WISH);
    if (wish != null) {
      annotations.put(DONE, wish);
    }
    return annotations;
  }

  /** How long the credentials may stay as they are; zero or less when a rotation is due. */
  static Duration untilDue(ShardPool pool, Secret credentials, Instant now) {
    var wish = annotation(pool.getMetadata().getAnnotations(), WISH);
    var done = annotation(credentials.getMetadata().getAnnotations(), DONE);
    if (wish != null && !wish.equals(done)) {
      return Duration.ZERO;
    }
    var since = annotation(credentials.getMetadata().getAnnotations(), SINCE);
    try {
      return since == null
          ? Duration.ZERO
          : Duration.between(now, Instant.parse(since).plus(MAX_AGE));
    } catch (DateTimeParseException e) {
      return Duration.ZERO;
    }
  }

  /**
   * Rotates one shard.
   *
   * @return the user that is in use from now on
   * @throws IncompleteSecretException when a Secret lacks what the rotation needs
   * @throws SQLException when the database cannot be reached or refuses; its message has no
   *     password
   */
  static RuntimeUser rotate(
      ShardSecrets secrets, ShardPool pool, Secret root, Secret credentials, Instant now)
      throws SQLException, IncompleteSecretException {
    var url = ShardSecrets.value(credentials, Credentials.URL);
    var authority = ShardSecrets.value(credentials, Credentials.AUTHORITY);
    var next = RuntimeUser.besides(ShardSecrets.value(credentials, Credentials.USER));
    var password = ShardSecrets.newPassword();
    try (var operator =
        connect(
            url,
            authority,
            ShardSecrets.OPERATOR,
            ShardSecrets.value(root, ShardSecrets.OPERATOR_KEY))) {
      var _ = secrets.change(root, Map.of(next.key(), password), Map.of());
      try (var statement =
          operator.prepareStatement("ALTER USER " + next.login() + "@'%' IDENTIFIED BY ?")) {
        statement.setString(1, password);
        statement.execute();
      }
    }
    connect(url, authority, next.login(), password).close();
    var _ =
        secrets.change(
            credentials,
            Map.of(Credentials.USER, next.login(), Credentials.PASSWORD, password),
            done(pool, now));
    return next;
  }

  private static Connection connect(String url, String authority, String user, String password)
      throws SQLException {
    var properties = new Properties();
    properties.putAll(Databases.tls(authority));
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("connectTimeout", TIMEOUT_MILLIS);
    properties.setProperty("socketTimeout", TIMEOUT_MILLIS);
    return DriverManager.getConnection(url, properties);
  }

  private static @Nullable String annotation(@Nullable Map<String, String> all, String name) {
    return all == null ? null : all.get(name);
  }
}
