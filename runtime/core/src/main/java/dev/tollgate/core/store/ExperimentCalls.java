package dev.tollgate.core.store;

import dev.tollgate.core.metering.UsageRecord;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The table {@code experiment_call}: calls to language models that an experiment counts. */
final class ExperimentCalls {

  private ExperimentCalls() {}

  /** Writes those of the records that an experiment counts, in the caller's transaction. */
  static void write(Connection connection, List<UsageRecord> records) throws SQLException {
    if (records.stream().noneMatch(ExperimentCalls::counted)) {
      return;
    }
    try (var insert =
        connection.prepareStatement(
            """
            INSERT INTO experiment_call (tenant_id, id, experiment, variant, unit, prompt,
              prompt_version, started, latency_ms, first_token_ms, tokens_in, tokens_out, cost, error)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
            """)) {
      for (var record : records) {
        var call = record.call();
        if (call == null || !counted(record)) {
          continue;
        }
        insert.setString(1, record.opening().tenantId());
        insert.setString(2, record.id());
        insert.setString(3, Columns.cut(call.experiment(), Columns.NAME));
        insert.setString(4, Columns.cut(call.variant(), Columns.PART));
        insert.setString(5, Columns.cut(call.unit(), Columns.UNIT));
        insert.setString(6, Columns.cut(call.prompt(), Columns.NAME));
        insert.setInt(7, call.promptVersion());
        insert.setLong(8, record.opening().startedMillis());
        insert.setInt(9, call.latencyMillis());
        insert.setInt(10, call.firstTokenMillis());
        insert.setLong(11, record.amounts().tokensIn());
        insert.setLong(12, record.amounts().tokensOut());
        insert.setLong(13, record.amounts().cost());
        insert.setString(14, Columns.cut(call.error(), Columns.WORD));
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static boolean counted(UsageRecord record) {
    var call = record.call();
    return call != null && !call.experiment().isEmpty();
  }
}
