package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.TenantScope;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import io.micronaut.transaction.annotation.Transactional;
import java.util.List;

/** The rows of {@code model_feedback} of the tenant at hand, and the calls that they are of. */
@JdbcRepository(dataSource = TenantScope.SHARD, dialect = Dialect.MYSQL)
interface FeedbackRows extends GenericRepository<FeedbackRow, String> {

  /** How many calls to models are in the ledger under this id: one, or none. */
  @Query(
      "SELECT COUNT(*) FROM usage_record WHERE tenant_id = :tenantId AND id = :callId"
          + " AND model <> ''")
  long calls(String tenantId, String callId);

  /** Said again, the last word counts. */
  @Query(
      "INSERT INTO model_feedback (tenant_id, call_id, metric, said, at)"
          + " VALUES (:tenantId, :callId, :metric, :said, :at)"
          + " ON DUPLICATE KEY UPDATE said = VALUES(said), at = VALUES(at)")
  @Transactional(TenantScope.SHARD)
  void putAll(List<FeedbackRow> rows);
}
