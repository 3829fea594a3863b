package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.StoreException;
import dev.tollgate.crd.resolve.ExperimentView;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * What the platform database knows of experiments: when each design was first served, and the
 * verdicts of guards. Of replicas that write at once, the first one counts.
 */
public final class ExperimentStore {

  private static final int LONGEST_REASON = 1024;

  private final Supplier<DataSource> platform;
  private final String namespace;
  private final Map<String, Instant> begun = new ConcurrentHashMap<>();

  public ExperimentStore(Supplier<DataSource> platform, String namespace) {
    this.platform = platform;
    this.namespace = namespace;
  }

  /**
   * When salt, versions, weights and stickiness of an experiment, as they are now, were first
   * served. What was seen before was seen of another split.
   *
   * @throws StoreException when the database does not answer
   */
  public Instant since(ExperimentView view) {
    return begun.computeIfAbsent(view.name() + "/" + design(view), _ -> begin(view));
  }

  private Instant begin(ExperimentView view) {
    try (var connection = platform.get().getConnection()) {
      connection.setAutoCommit(true);
      try (var insert =
          connection.prepareStatement(
              "INSERT IGNORE INTO experiment_design (namespace, experiment, design, since)"
                  + " VALUES (?, ?, ?, ?)")) {
        insert.setString(1, namespace);
        insert.setString(2, view.name());
        insert.setString(3, design(view));
        insert.setLong(4, System.currentTimeMillis());
        insert.executeUpdate();
      }
      try (var select =
          connection.prepareStatement(
              "SELECT since FROM experiment_design"
                  + " WHERE namespace = ? AND experiment = ? AND design = ?")) {
        select.setString(1, namespace);
        select.setString(2, view.name());
        select.setString(3, design(view));
        try (var row = select.executeQuery()) {
          row.next();
          return Instant.ofEpochMilli(row.getLong(1));
        }
      }
    } catch (SQLException e) {
      throw new StoreException("the beginning of experiment " + view.name() + " was not kept", e);
    }
  }

  /** All verdicts of the namespace. */
  public List<Verdict> verdicts() {
    try (var connection = platform.get().getConnection();
        var select =
            connection.prepareStatement(
                "SELECT experiment, salt, variant, reason, at FROM experiment_verdict"
                    + " WHERE namespace = ?")) {
      select.setString(1, namespace);
      List<Verdict> verdicts = new ArrayList<>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          verdicts.add(
              new Verdict(
                  rows.getString(1),
                  rows.getString(2),
                  rows.getString(3),
                  rows.getString(4),
                  Instant.ofEpochMilli(rows.getLong(5))));
        }
      }
      return verdicts;
    } catch (SQLException e) {
      throw new StoreException("the verdicts on experiments cannot be read", e);
    }
  }

  /**
   * Keeps a verdict, unless there is one under this salt.
   *
   * @return whether it was the first
   */
  public boolean judge(Verdict verdict) {
    try (var connection = platform.get().getConnection();
        var insert =
            connection.prepareStatement(
                "INSERT IGNORE INTO experiment_verdict"
                    + " (namespace, experiment, salt, variant, reason, at)"
                    + " VALUES (?, ?, ?, ?, ?, ?)")) {
      connection.setAutoCommit(true);
      insert.setString(1, namespace);
      insert.setString(2, verdict.experiment());
      insert.setString(3, verdict.salt());
      insert.setString(4, verdict.variant());
      insert.setString(
          5, verdict.reason().substring(0, Math.min(LONGEST_REASON, verdict.reason().length())));
      insert.setLong(6, verdict.at().toEpochMilli());
      return insert.executeUpdate() == 1;
    } catch (SQLException e) {
      throw new StoreException("the verdict on " + verdict.experiment() + " was not kept", e);
    }
  }

  private static String design(ExperimentView view) {
    try {
      var sha = MessageDigest.getInstance("SHA-256");
      var text = new StringBuilder(view.salt()).append('\n').append(view.stickyBy());
      view.variants()
          .forEach(v ->
              text.append('\n')
                  .append(v.name())
                  .append(' ')
                  .append(v.version())
                  .append(' ')
                  .append(v.weight()));
      return HexFormat.of().formatHex(sha.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
