package dev.tollgate.core.store;

import io.micronaut.data.annotation.Query;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;
import java.util.Optional;

/** The rows of {@code api_key}. */
@JdbcRepository(dataSource = Databases.PLATFORM, dialect = Dialect.MYSQL)
interface KeyRows extends GenericRepository<KeyRow, String> {

  List<KeyRow> findAll();

  List<KeyRow> findByTenantIdOrderByCreated(String tenantId);

  @Query(
      """
      INSERT INTO api_key
        (tenant_id, hash, label, scopes, created, expires, revoked, rotated, planned)
      VALUES
        (:tenantId, :hash, :label, :scopes, :created, :expires, :revoked, :rotated, :planned)
      ON DUPLICATE KEY UPDATE
        expires = VALUES(expires), revoked = revoked OR VALUES(revoked),
        rotated = VALUES(rotated), planned = VALUES(planned)\
      """)
  void put(KeyRow key);

  @Query("UPDATE api_key SET ended = :now WHERE revoked AND ended IS NULL")
  void ended(long now);

  @Query("DELETE FROM api_key WHERE ended < :before OR expires < :before LIMIT :atMost")
  int forget(long before, int atMost);

  @Query("SELECT changes FROM api_key_changes WHERE id = 1")
  Optional<Long> changes();

  @Query(
      """
      INSERT INTO api_key_changes (id, changes) VALUES (1, 1)
      ON DUPLICATE KEY UPDATE changes = changes + 1\
      """)
  void changed();
}
