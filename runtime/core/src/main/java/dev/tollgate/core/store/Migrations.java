package dev.tollgate.core.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a database to the tables of this version. A process may be killed in the middle of a
 * migration, and the databases cannot roll a change of tables back; so every statement of every
 * migration can be run again, and one that was broken off is.
 */
final class Migrations {

  private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

  /** What another replica that is at it right now may take. */
  private static final int WAIT_SECONDS = 10;

  /** What H2 calls the copy of a table. */
  private static final Pattern COPY = Pattern.compile("([a-z_]+)_COPY_[0-9]+_[0-9]+");

  /** How MariaDB is told of a column to compare it as H2 does. */
  private static final String EXACT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";

  private Migrations() {}

  /**
   * Blocks until it is done.
   *
   * @param others whether other processes may be at it too
   * @param kind {@code platform} or {@code shard}: both may be in one database, so each has a
   *     history of its own
   */
  static void run(DataSource database, boolean others, String kind) {
    if (!others) {
      finishCopies(database);
    }
    var flyway =
        Flyway.configure()
            .dataSource(database)
            .locations("classpath:db/" + kind)
            .table("flyway_" + kind)
            .baselineOnMigrate(true)
            .baselineVersion("0")
            // product lines number theirs apart, and one may come after another's
            .outOfOrder(true)
            // those of a later version, which was rolled back: they stay, and are known to have run
            .ignoreMigrationPatterns("*:missing", "*:future")
            .placeholders(Map.of("exact", others && !isH2(database) ? EXACT : ""))
            .load();
    var wait = others ? WAIT_SECONDS : 0;
    for (int second = 0; ; second++) {
      try {
        flyway.migrate();
        return;
      } catch (FlywayValidateException brokenOff) {
        if (second > wait) {
          throw brokenOff;
        }
        if (second == wait) {
          LOG.warn("A migration of the {} tables was broken off, and is run again", kind);
          flyway.repair();
        } else {
          pause(brokenOff);
        }
      }
    }
  }

  private static boolean isH2(DataSource database) {
    try (var connection = database.getConnection()) {
      return connection.getMetaData().getDatabaseProductName().equals("H2");
    } catch (SQLException e) {
      throw new StoreException("the database does not say which it is", e);
    }
  }

  /**
   * H2 alters a table by making a copy, dropping the table and renaming the copy, each of which
   * outlives a kill: a copy beside its table is thrown away, one without is the table.
   */
  private static void finishCopies(DataSource database) {
    try (var connection = database.getConnection();
        var statement = connection.createStatement()) {
      for (var copy : tables(connection, "%_COPY_%")) {
        var table = COPY.matcher(copy);
        if (!table.matches()) {
          continue;
        }
        LOG.warn("A change of the table {} was broken off, and is mended", table.group(1));
        if (tables(connection, table.group(1)).isEmpty()) {
          statement.execute("ALTER TABLE `" + copy + "` RENAME TO `" + table.group(1) + "`");
        } else {
          statement.execute("DROP TABLE `" + copy + "`");
        }
      }
    } catch (SQLException e) {
      throw new StoreException("a change of a table that was broken off cannot be mended", e);
    }
  }

  private static List<String> tables(Connection connection, String pattern) throws SQLException {
    var names = new ArrayList<String>();
    try (var found = connection.getMetaData().getTables(null, "public", pattern, null)) {
      while (found.next()) {
        names.add(found.getString("TABLE_NAME"));
      }
    }
    return names;
  }

  private static void pause(FlywayValidateException brokenOff) {
    try {
      TimeUnit.SECONDS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw brokenOff;
    }
  }
}
