package dev.tollgate.sites.json;

import dev.tollgate.core.store.TenantScope;
import dev.tollgate.sites.json.JsonHistory.Kind;
import dev.tollgate.sites.json.JsonHistory.Outcome;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;
import java.util.Optional;

/** The rows of {@code json_history} of the tenant at hand. */
@JdbcRepository(dataSource = TenantScope.SHARD, dialect = Dialect.MYSQL)
interface OperationRows extends GenericRepository<OperationRow, Long> {

  List<OperationRow> findTop50OrderBySeqDesc();

  Optional<Long> findMaxSeq();

  void deleteBySeqLessThanEquals(long seq);

  /** How many rows were added: none where the number is taken. */
  @Query(
      "INSERT IGNORE INTO json_history (tenant_id, seq, kind, size, at_millis, outcome)"
          + " VALUES (:tenantId, :seq, :kind, :size, :atMillis, :outcome)")
  int insertIfFree(String tenantId, long seq, Kind kind, long size, long atMillis, Outcome outcome);
}
