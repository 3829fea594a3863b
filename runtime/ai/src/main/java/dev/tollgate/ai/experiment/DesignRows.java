package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.Databases;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.Optional;

/** The rows of {@code experiment_design}. */
@JdbcRepository(dataSource = Databases.PLATFORM, dialect = Dialect.MYSQL)
interface DesignRows extends GenericRepository<DesignRow, String> {

  /** One that was served before, and then another, begins again. */
  @Query(
      "INSERT INTO experiment_design (namespace, experiment, design, since)"
          + " VALUES (:namespace, :experiment, :design, :since)"
          + " ON DUPLICATE KEY UPDATE since = VALUES(since)")
  void begin(DesignRow row);

  /** The design that was last begun. */
  Optional<DesignRow> findFirstByNamespaceAndExperimentOrderBySinceDesc(
      String namespace, String experiment);

  DesignRow findOne(String namespace, String experiment, String design);
}
