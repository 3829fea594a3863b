package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.Databases;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;

/** The rows of {@code experiment_design}. */
@JdbcRepository(dataSource = Databases.PLATFORM, dialect = Dialect.MYSQL)
interface DesignRows extends GenericRepository<DesignRow, String> {

  /** Does nothing where there is one. */
  @Query(
      "INSERT IGNORE INTO experiment_design (namespace, experiment, design, since)"
          + " VALUES (:namespace, :experiment, :design, :since)")
  void insertIfAbsent(DesignRow row);

  DesignRow findOne(String namespace, String experiment, String design);
}
