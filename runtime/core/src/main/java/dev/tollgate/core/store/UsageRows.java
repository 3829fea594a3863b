package dev.tollgate.core.store;

import dev.tollgate.core.store.UsageReader.Line;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.Sort;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;

/** What the ledger has written of the tenant at hand. */
@JdbcRepository(dataSource = TenantScope.SHARD, dialect = Dialect.MYSQL)
interface UsageRows extends GenericRepository<AlertRow, String> {

  String SUMS =
      " AS name, SUM(requests) AS requests, SUM(bytes_in) AS bytes_in, SUM(bytes_out) AS bytes_out,"
          + " SUM(tokens_in) AS tokens_in, SUM(tokens_out) AS tokens_out, SUM(cost) AS cost FROM ";
  String OF_TENANT = " WHERE tenant_id = :tenantId AND cycle = :cycle GROUP BY ";

  @Query("SELECT hour" + SUMS + "usage_hour" + OF_TENANT + "hour ORDER BY 1")
  List<Line> hours(String tenantId, String cycle);

  @Query("SELECT route" + SUMS + "usage_hour" + OF_TENANT + "route ORDER BY 1")
  List<Line> routes(String tenantId, String cycle);

  // by what stands for them: MariaDB takes upper and lower case for the same
  @Query("SELECT MIN(principal)" + SUMS + "usage_principal" + OF_TENANT + "principal_id ORDER BY 1")
  List<Line> principals(String tenantId, String cycle);

  @Query(
      "SELECT reason, SUM(count) AS count FROM usage_refusal WHERE tenant_id = :tenantId"
          + " AND second_at >= :from AND second_at < :to GROUP BY reason ORDER BY reason")
  List<RefusalSum> refusals(String tenantId, long from, long to);

  List<AlertRow> findByCycle(String cycle, Sort sort);

  List<AlertRow> findAll(Pageable page);
}
