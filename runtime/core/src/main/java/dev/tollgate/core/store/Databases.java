package dev.tollgate.core.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * The platform database and the shards, each with its own small pool, opened and migrated when
 * first asked for. An absent database fails the one who asks, and nobody else.
 */
public final class Databases implements AutoCloseable {

  /** Name of the platform database. */
  public static final String PLATFORM = "platform";

  private static final int MAX_CONNECTIONS = 8;
  private static final long CONNECT_MILLIS = 5_000;

  private final Function<String, Address> addresses;
  private final Map<String, HikariDataSource> open = new ConcurrentHashMap<>();

  /**
   * Where a database is.
   *
   * @param jdbcUrl without credentials
   */
  public record Address(String jdbcUrl, String user, String password) {
    @Override
    public String toString() {
      return "Address[" + jdbcUrl + ", " + user + "]";
    }
  }

  /**
   * @param addresses address of a database by name
   */
  public Databases(Function<String, Address> addresses) {
    this.addresses = addresses;
  }

  /** H2 files below a directory, in MySQL's dialect. */
  public static Databases embedded(java.nio.file.Path directory) {
    return new Databases(name ->
        new Address(
            "jdbc:h2:file:"
                + directory.resolve(name.equals(PLATFORM) ? PLATFORM : "shards/" + name)
                + ";MODE=MySQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"
                + ";NON_KEYWORDS=COUNT;DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0",
            "tollgate",
            ""));
  }

  public DataSource platform() {
    return get(PLATFORM);
  }

  /** The database of one shard. */
  public DataSource shard(String name) {
    return get(name);
  }

  private DataSource get(String name) {
    return open.computeIfAbsent(name, this::connect);
  }

  private HikariDataSource connect(String name) {
    var address = addresses.apply(name);
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(address.jdbcUrl());
    config.setUsername(address.user());
    config.setPassword(address.password());
    config.setMaximumPoolSize(MAX_CONNECTIONS);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECT_MILLIS);
    var source = new HikariDataSource(config);
    try {
      Flyway.configure()
          .dataSource(source)
          .locations("classpath:db/" + (name.equals(PLATFORM) ? "platform" : "shard"))
          .load()
          .migrate();
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
    return source;
  }

  @Override
  public void close() {
    open.values().forEach(HikariDataSource::close);
    open.clear();
  }
}
