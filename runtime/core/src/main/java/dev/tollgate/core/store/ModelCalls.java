package dev.tollgate.core.store;

import dev.tollgate.core.metering.UsageRecord;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The table {@code model_call}: what calls to language models add to their usage records. */
final class ModelCalls {

  private ModelCalls() {}

  /** Writes those of the records that have one, in the caller's transaction. */
  static void write(Connection connection, List<UsageRecord> records) throws SQLException {
    if (records.stream().allMatch(r -> r.call() == null)) {
      return;
    }
    try (var insert =
        connection.prepareStatement(
            """
            INSERT INTO model_call (tenant_id, id, started, model, backend, source, prompt,
              prompt_version, experiment, variant, tokens_in, tokens_cached, tokens_out, cost,
              currency, latency_ms, first_token_ms, outcome, error, unit)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
            """)) {
      for (var record : records) {
        var call = record.call();
        if (call == null) {
          continue;
        }
        insert.setString(1, record.opening().tenantId());
        insert.setString(2, record.id());
        insert.setLong(3, record.opening().startedMillis());
        insert.setString(4, call.model());
        insert.setString(5, call.backend());
        insert.setString(6, call.source().name());
        insert.setString(7, call.prompt());
        insert.setInt(8, call.promptVersion());
        insert.setString(9, call.experiment());
        insert.setString(10, call.variant());
        insert.setLong(11, record.amounts().tokensIn());
        insert.setLong(12, call.cachedTokens());
        insert.setLong(13, record.amounts().tokensOut());
        insert.setLong(14, record.amounts().cost());
        insert.setString(15, call.currency());
        insert.setInt(16, call.latencyMillis());
        insert.setInt(17, call.firstTokenMillis());
        insert.setString(18, record.outcome().name());
        insert.setString(19, call.error());
        insert.setString(20, call.unit());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }
}
