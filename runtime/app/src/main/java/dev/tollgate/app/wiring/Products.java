package dev.tollgate.app.wiring;

import dev.tollgate.core.store.Databases;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import javax.sql.DataSource;

/** Gives built-in products what they need: who calls, and where to keep data. */
@Factory
final class Products {

  /** The first shard; where products keep small data of tenants. */
  @Singleton
  @Named("shards")
  DataSource shards(Databases databases) {
    return databases.shard("default-0");
  }
}
