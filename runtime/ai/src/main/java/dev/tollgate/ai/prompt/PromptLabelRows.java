package dev.tollgate.ai.prompt;

import dev.tollgate.core.store.Databases;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;

/** The rows of {@code prompt_label}. */
@JdbcRepository(dataSource = Databases.PLATFORM, dialect = Dialect.MYSQL)
interface PromptLabelRows extends GenericRepository<PromptLabelRow, String> {

  List<PromptLabelRow> findByNamespaceAndPrompt(String namespace, String prompt);

  /** Puts it in place of the one there is. */
  @Query(
      "INSERT INTO prompt_label (namespace, prompt, label, version)"
          + " VALUES (:namespace, :prompt, :label, :version)"
          + " ON DUPLICATE KEY UPDATE version = VALUES(version)")
  void put(PromptLabelRow row);

  @Query(
      "DELETE FROM prompt_label"
          + " WHERE namespace = :namespace AND prompt = :prompt AND label = :label")
  void remove(String namespace, String prompt, String label);
}
