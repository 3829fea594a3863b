package dev.tollgate.core.store;

import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.GenericRepository;
import java.util.List;

/** The rows of {@code tenant_verdict}. */
@JdbcRepository(dataSource = Databases.PLATFORM, dialect = Dialect.MYSQL)
interface VerdictRows extends GenericRepository<VerdictRow, String> {

  List<String> findDistinctTenantId();
}
