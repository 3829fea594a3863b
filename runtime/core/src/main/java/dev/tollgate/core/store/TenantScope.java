package dev.tollgate.core.store;

import io.micronaut.data.runtime.multitenancy.TenantResolver;
import java.io.Serializable;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * The tenant whose rows the calling thread works with. Repositories of {@link #SHARD} read and
 * write the shard that holds it, and see its rows alone: Micronaut Data adds its id to what they
 * ask. Outside of a scope they can do nothing.
 */
public final class TenantScope implements TenantResolver {

  /** Name of the data source of the shard at hand. */
  public static final String SHARD = "shard";

  private static final ScopedValue<Scope> CURRENT = ScopedValue.newInstance();

  private final Databases databases;
  private final Function<String, String> shards;

  private record Scope(String shard, String tenantId) {}

  /**
   * @param shards the shard of a tenant by its id; throws a {@link StoreException} where it is not
   *     served here
   */
  public TenantScope(Databases databases, Function<String, String> shards) {
    this.databases = databases;
    this.shards = shards;
  }

  /**
   * Runs work on the rows of a tenant, in the shard that holds them.
   *
   * @param failure what was not done, for the {@link StoreException} when the shard is away
   */
  public <T> T of(String tenantId, String failure, Supplier<T> work) {
    return of(shards.apply(tenantId), tenantId, failure, work);
  }

  /** Runs work on the rows of a tenant in a shard. */
  public <T> T of(String shard, String tenantId, String failure, Supplier<T> work) {
    return ScopedValue.where(CURRENT, new Scope(shard, tenantId))
        .call(() -> StoreException.unless(failure, work));
  }

  @Override
  public Serializable resolveTenantIdentifier() {
    return CURRENT.get().tenantId();
  }

  DataSource current() {
    return databases.shard(CURRENT.get().shard());
  }
}
