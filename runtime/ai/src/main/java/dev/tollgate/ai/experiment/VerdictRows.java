package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.Databases;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.time.Instant;
import java.util.List;

/** The rows of {@code experiment_verdict}. */
@JdbcRepository(dataSource = Databases.PLATFORM, dialect = Dialect.MYSQL)
interface VerdictRows extends GenericRepository<VerdictRow, String> {

  List<VerdictRow> findByNamespace(String namespace);

  /** How many rows were added: none where there is one under this salt. */
  @Query(
      "INSERT IGNORE INTO experiment_verdict (namespace, experiment, salt, variant, reason, at)"
          + " VALUES (:namespace, :experiment, :salt, :variant, :reason, :at)")
  int insertIfAbsent(
      String namespace, String experiment, String salt, String variant, String reason, Instant at);
}
