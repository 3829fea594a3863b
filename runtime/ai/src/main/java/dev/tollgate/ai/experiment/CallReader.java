package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.engine.experiment.Sample;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Reads the calls of experiments from all shards. A unit is in one shard, as its tenant is. */
public final class CallReader {

  private static final int MOST_LABELS = 100;

  private final Databases databases;
  private final Supplier<? extends Collection<String>> shards;

  /**
   * @param shards names of those that hold tenants now
   */
  public CallReader(Databases databases, Supplier<? extends Collection<String>> shards) {
    this.databases = databases;
    this.shards = shards;
  }

  /**
   * Which calls are meant.
   *
   * @param until before which they began
   */
  record Calls(String experiment, Instant since, Instant until) {}

  /** One call, as a guard sees it; {@code firstTokenMillis} is -1 where no content came. */
  record Seen(long started, boolean failed, int latencyMillis, int firstTokenMillis) {}

  /**
   * What was seen by variant. Units are those of the rows, and each call is one where a row does
   * not tell its unit.
   */
  Map<String, Sample> samples(Calls calls, Metric metric) {
    var join =
        metric.feedback()
            ? " JOIN model_feedback f ON f.tenant_id = c.tenant_id AND f.call_id = c.id"
            : "";
    var sql =
        "SELECT variant, COUNT(*), SUM(n), SUM(s), SUM(s * s), SUM(s * n), SUM(n * n) FROM ("
            + "SELECT c.variant AS variant, CAST(COUNT(*) AS DOUBLE) AS n,"
            + " CAST(SUM("
            + metric.value
            + ") AS DOUBLE) AS s FROM experiment_call c"
            + join
            + " WHERE c.experiment = ? AND c.started >= ? AND c.started < ?"
            + metric.where
            + " GROUP BY c.variant, CASE WHEN c.unit = '' THEN c.id ELSE c.unit END) units"
            + " GROUP BY variant";
    Map<String, Sample> samples = new HashMap<>();
    for (var shard : shards.get()) {
      try (var connection = databases.shard(shard).getConnection();
          var query = connection.prepareStatement(sql)) {
        query.setString(1, calls.experiment());
        query.setLong(2, calls.since().toEpochMilli());
        query.setLong(3, calls.until().toEpochMilli());
        try (var rows = query.executeQuery()) {
          while (rows.next()) {
            var sample =
                new Sample(
                    rows.getLong(2),
                    rows.getDouble(3),
                    rows.getDouble(4),
                    rows.getDouble(5),
                    rows.getDouble(6),
                    rows.getDouble(7));
            samples.merge(rows.getString(1), sample, Sample::plus);
          }
        }
      } catch (SQLException e) {
        throw unread(calls.experiment(), shard, e);
      }
    }
    return samples;
  }

  /** How often each label was given, by variant. */
  Map<String, Map<String, Long>> labels(Calls calls) {
    Map<String, Map<String, Long>> labels = new HashMap<>();
    for (var shard : shards.get()) {
      try (var connection = databases.shard(shard).getConnection();
          var query =
              connection.prepareStatement(
                  "SELECT c.variant, MAX(f.said), COUNT(*) FROM experiment_call c"
                      + " JOIN model_feedback f ON f.tenant_id = c.tenant_id AND f.call_id = c.id"
                      + " WHERE c.experiment = ? AND c.started >= ? AND c.started < ?"
                      + " AND f.metric = 'label' GROUP BY c.variant, "
                      + letterByLetter(connection, "f.said")
                      + " ORDER BY 3 DESC LIMIT "
                      + MOST_LABELS)) {
        query.setString(1, calls.experiment());
        query.setLong(2, calls.since().toEpochMilli());
        query.setLong(3, calls.until().toEpochMilli());
        try (var rows = query.executeQuery()) {
          while (rows.next()) {
            labels
                .computeIfAbsent(rows.getString(1), _ -> new TreeMap<>())
                .merge(rows.getString(2), rows.getLong(3), Long::sum);
          }
        }
      } catch (SQLException e) {
        throw unread(calls.experiment(), shard, e);
      }
    }
    return labels;
  }

  /** MariaDB takes Good and good for the same text, unless it compares bytes. */
  private static String letterByLetter(Connection connection, String column) throws SQLException {
    var embedded = connection.getMetaData().getDatabaseProductName().equals("H2");
    return embedded ? column : "BINARY " + column;
  }

  /** The newest calls of a variant, newest first, at most so many. */
  List<Seen> newest(String experiment, String variant, Instant since, int most) {
    List<Seen> seen = new ArrayList<>();
    for (var shard : shards.get()) {
      try (var connection = databases.shard(shard).getConnection();
          var query =
              connection.prepareStatement(
                  "SELECT started, "
                      + Metric.ERROR.value
                      + ", latency_ms, first_token_ms FROM experiment_call c"
                      + " WHERE experiment = ? AND variant = ? AND started >= ?"
                      + " ORDER BY started DESC LIMIT "
                      + most)) {
        query.setString(1, experiment);
        query.setString(2, variant);
        query.setLong(3, since.toEpochMilli());
        try (var rows = query.executeQuery()) {
          while (rows.next()) {
            seen.add(
                new Seen(rows.getLong(1), rows.getInt(2) != 0, rows.getInt(3), rows.getInt(4)));
          }
        }
      } catch (SQLException e) {
        throw unread(experiment, shard, e);
      }
    }
    seen.sort(Comparator.comparingLong(Seen::started).reversed());
    return List.copyOf(seen.subList(0, Math.min(most, seen.size())));
  }

  private static StoreException unread(String experiment, String shard, SQLException e) {
    return new StoreException(
        "the calls of experiment " + experiment + " in shard " + shard + " cannot be read", e);
  }
}
