package dev.tollgate.core.store;

import java.util.concurrent.TimeUnit;
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

  private Migrations() {}

  /**
   * Blocks until it is done.
   *
   * @param others whether other processes may be at it too
   * @param kind {@code platform} or {@code shard}: both may be in one database, so each has a
   *     history of its own
   */
  static void run(DataSource database, boolean others, String kind) {
    var flyway =
        Flyway.configure()
            .dataSource(database)
            .locations("classpath:db/" + kind)
            .table("flyway_" + kind)
            .baselineOnMigrate(true)
            .baselineVersion("0")
            // product lines number theirs apart, and one may come after another's
            .outOfOrder(true)
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

  private static void pause(FlywayValidateException brokenOff) {
    try {
      TimeUnit.SECONDS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw brokenOff;
    }
  }
}
