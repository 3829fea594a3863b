package dev.tollgate.sites.json;

import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Databases.Address;
import dev.tollgate.core.store.Repositories;
import dev.tollgate.core.store.TenantScope;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.util.UUID;

/** A shard in memory, for a server that has no other. */
@Factory
@Requires(notEnv = Repositories.ENVIRONMENT)
final class TestShard {

  @Singleton
  @Bean(preDestroy = "close")
  Databases databases() {
    return inMemory();
  }

  @Singleton
  TenantScope tenants(Databases databases) {
    return new TenantScope(databases, tenantId -> "shard");
  }

  static Databases inMemory() {
    var id = UUID.randomUUID();
    return new Databases(name ->
        new Address(
            "jdbc:h2:mem:"
                + id
                + name
                + ";MODE=MySQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"
                + ";NON_KEYWORDS=COUNT,HOUR;DB_CLOSE_DELAY=-1",
            "tollgate",
            ""));
  }
}
