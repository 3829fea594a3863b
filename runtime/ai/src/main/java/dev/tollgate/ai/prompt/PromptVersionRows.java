package dev.tollgate.ai.prompt;

import dev.tollgate.core.store.Databases;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.Optional;

/** The rows of {@code prompt_version}. */
@JdbcRepository(dataSource = Databases.PLATFORM, dialect = Dialect.MYSQL)
interface PromptVersionRows extends GenericRepository<PromptVersionRow, String> {

  /** Does nothing where there is one. */
  @Query(
      "INSERT IGNORE INTO prompt_version (namespace, prompt, version, digest, body, accepted)"
          + " VALUES (:namespace, :prompt, :version, :digest, :body, :accepted)")
  void insertIfAbsent(PromptVersionRow row);

  Optional<String> findBodyByNamespaceAndPromptAndVersion(
      String namespace, String prompt, int version);
}
