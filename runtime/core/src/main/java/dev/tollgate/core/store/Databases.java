package dev.tollgate.core.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tollgate.core.Seldom;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The platform database and the shards, each with its own small pool, opened and migrated when
 * first asked for. An absent database fails the one who asks, at once for a while after it was
 * found absent, and nobody who asks for another. An embedded one that closed itself, since it could
 * not write, is opened again.
 */
public final class Databases implements AutoCloseable {

  private static final String EMBEDDED = "jdbc:h2:file:";

  /** Name of the platform database. */
  public static final String PLATFORM = "platform";

  /** KiB of pages that an embedded database keeps: most of what it is given is never read. */
  private static final int CACHE_KIB = 4096;

  private static final Logger LOG = LoggerFactory.getLogger(Databases.class);
  private static final int MAX_CONNECTIONS = 8;
  private static final long CONNECT_MILLIS = 5_000;
  private static final long COOL_DOWN_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long an embedded database that closes itself stays so, from its last opening on. */
  private static final long REOPEN_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Function<String, Address> addresses;
  private final Map<String, Opened> databases = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Where a database is.
   *
   * @param jdbcUrl without credentials
   * @param authority certificate, in PEM, of who signed that of the database, with which TLS is
   *     spoken then; null where the URL alone says how it is reached
   */
  public record Address(String jdbcUrl, String user, String password, @Nullable String authority) {

    public Address(String jdbcUrl, String user, String password) {
      this(jdbcUrl, user, password, null);
    }

    @Override
    public String toString() {
      return "Address[" + jdbcUrl + ", " + user + "]";
    }
  }

  /** One database; its own lock, so that one that is slow to open keeps nobody else waiting. */
  private final class Opened {
    private final String name;
    private @Nullable HikariDataSource source;
    private SelfClosed selfClosed = new SelfClosed();
    private @Nullable Address address;

    /** URL of the database whose tables are known to be those of this version. */
    private @Nullable String migrated;

    private long openedAt;
    private final Seldom reopened = new Seldom();
    private long failedAt;
    private @Nullable RuntimeException failure;

    Opened(String name) {
      this.name = name;
    }

    synchronized HikariDataSource get() {
      if (source != null && selfClosed.seen()) {
        throwAway(source);
      }
      if (source != null) {
        return source;
      }
      if (closed) {
        throw new StoreException("the database " + name + " is closed", null);
      }
      if (failure != null && System.nanoTime() - failedAt < COOL_DOWN_NANOS) {
        throw new StoreException(
            "the database " + name + " did not answer a moment ago, it is asked again soon",
            failure);
      }
      try {
        address = addresses.apply(name);
        selfClosed = new SelfClosed();
        source = connect(name, address, selfClosed, !address.jdbcUrl().equals(migrated));
        migrated = address.jdbcUrl();
        openedAt = System.nanoTime();
        failure = null;
        return source;
      } catch (RuntimeException e) {
        failure = e;
        failedAt = System.nanoTime();
        throw new StoreException("the database " + name + " cannot be opened", e);
      }
    }

    /** All connections: one that outlived the next opening would close that. */
    private void throwAway(HikariDataSource open) {
      if (System.nanoTime() - openedAt < REOPEN_NANOS) {
        throw new StoreException(
            "the database " + name + " closed itself, it is opened again soon", null);
      }
      if (reopened.now()) {
        LOG.warn("The database {} closed itself, as on a full disk; it is opened again", name);
      }
      open.close();
      source = null;
    }

    /** Takes over credentials that have changed; connections under way end on their own. */
    synchronized void refresh() {
      var open = source;
      if (open == null) {
        return;
      }
      var now = addresses.apply(name);
      if (now.equals(address)) {
        return;
      }
      if (address != null && !now.jdbcUrl().equals(address.jdbcUrl())) {
        open.close();
        source = null;
      } else {
        open.getHikariConfigMXBean().setUsername(now.user());
        open.getHikariConfigMXBean().setPassword(now.password());
        open.getHikariPoolMXBean().softEvictConnections();
      }
      address = now;
      LOG.info("The credentials of database {} have changed and are used from now on", name);
    }

    synchronized void close() {
      if (source != null) {
        source.close();
        source = null;
      }
    }
  }

  /**
   * @param addresses address of a database by name
   */
  public Databases(Function<String, Address> addresses) {
    this.addresses = addresses;
  }

  /** H2 files below a directory, in MySQL's dialect. */
  public static Databases embedded(Path directory) {
    return new Databases(name -> embedded(directory, name));
  }

  static Address embedded(Path directory, String name) {
    return new Address(
        EMBEDDED
            + directory.resolve(name.equals(PLATFORM) ? PLATFORM : "shards/" + name)
            + ";MODE=MySQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"
            + ";NON_KEYWORDS=COUNT,HOUR;DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0"
            + ";QUERY_CACHE_SIZE=32;CACHE_SIZE="
            + CACHE_KIB,
        "tollgate",
        "");
  }

  public DataSource platform() {
    return get(PLATFORM);
  }

  /** The database of one shard. */
  public DataSource shard(String name) {
    return get(name);
  }

  private DataSource get(String name) {
    return databases.computeIfAbsent(name, Opened::new).get();
  }

  /** Asks again for every address, and takes over what has changed. */
  public void refresh() {
    for (var database : databases.values()) {
      try {
        database.refresh();
      } catch (RuntimeException e) {
        LOG.warn(
            "The address of database {} cannot be read, the known one is kept: {}",
            database.name,
            e.getMessage());
      }
    }
  }

  private static HikariDataSource connect(
      String name, Address address, SelfClosed selfClosed, boolean migrate) {
    var embedded = address.jdbcUrl().startsWith(EMBEDDED);
    if (embedded) {
      makeFile(address.jdbcUrl());
    }
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(address.jdbcUrl());
    config.setUsername(address.user());
    config.setPassword(address.password());
    if (address.authority() != null) {
      tls(address.authority()).forEach(config::addDataSourceProperty);
    }
    config.setMaximumPoolSize(MAX_CONNECTIONS);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setExceptionOverride(selfClosed);
    var source = new HikariDataSource(config);
    try {
      if (migrate) {
        Migrations.run(source, !embedded, name.equals(PLATFORM) ? "platform" : "shard");
      }
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
    return source;
  }

  /**
   * Properties of MariaDB's driver by which it takes a database for the right one whose certificate
   * an authority has signed that signs for that database alone.
   */
  public static Map<String, String> tls(String authority) {
    return Map.of("sslMode", "verify-ca", "serverSslCert", authority);
  }

  /** H2 would make the file readable by everyone. */
  private static void makeFile(String jdbcUrl) {
    var file = Path.of(jdbcUrl.substring(EMBEDDED.length(), jdbcUrl.indexOf(';')) + ".mv.db");
    try {
      PrivateFiles.newFile(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + file, e);
    }
  }

  /** Closes them all; none is opened again by whoever comes late. */
  @Override
  public void close() {
    closed = true;
    databases.values().forEach(Opened::close);
  }
}
