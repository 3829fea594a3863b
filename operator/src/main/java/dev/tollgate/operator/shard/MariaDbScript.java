package dev.tollgate.operator.shard;

/**
 * What the container of a shard runs. It asks of the image only a shell, {@code mariadbd}, its
 * installer and its client; the rest is done here, so that any build of MariaDB 10.4 or later will
 * do.
 */
final class MariaDbScript {

  /** Variables that hold the passwords; none has a character that SQL or a shell would read. */
  static final String A_PASSWORD = "A_PASSWORD";

  static final String B_PASSWORD = "B_PASSWORD";
  static final String OPERATOR_PASSWORD = "OPERATOR_PASSWORD";

  /** Where the volume is. */
  static final String DATA = "/var/lib/mysql";

  /** Where the database has its certificate. */
  static final String TLS = "/tls";

  /** Where the socket and the statements of the start are; never on a disk. */
  static final String RUN = "/run/mysqld";

  /**
   * Installs once, then serves. An install that was cut short never served, so it is begun anew.
   * Where there is no room for what every start writes, the pod's last words say so: the server
   * itself speaks of something else. The users are set at every start: the Secret is the truth,
   * whatever the data says.
   */
  static final String START =
      """
      set -eu
      umask 077
      if [ -e /var/lib/mysql/.installing ]; then
        rm -rf /var/lib/mysql/*
      fi
      head -c 12582912 /dev/zero > /var/lib/mysql/.room 2>/dev/null ||
        echo "no room is left on the volume; enlarge its claim" > /dev/termination-log || true
      rm -f /var/lib/mysql/.room
      if [ ! -d /var/lib/mysql/mysql ]; then
        : > /var/lib/mysql/.installing
        install=$(command -v mariadb-install-db || command -v mysql_install_db)
        "$install" --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db --force
        sync
        rm /var/lib/mysql/.installing
      fi
      user() {
        echo "CREATE USER IF NOT EXISTS $1@'%' IDENTIFIED BY '$2';"
        echo "ALTER USER $1@'%' IDENTIFIED BY '$2';"
      }
      {
        echo "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');"
        echo "FLUSH PRIVILEGES;"
        echo "CREATE DATABASE IF NOT EXISTS tollgate;"
        echo "CREATE DATABASE IF NOT EXISTS platform;"
        user tollgate_a "$A_PASSWORD"
        user tollgate_b "$B_PASSWORD"
        for name in tollgate_a tollgate_b; do
          echo "GRANT ALL PRIVILEGES ON tollgate.* TO $name@'%';"
          echo "GRANT ALL PRIVILEGES ON platform.* TO $name@'%';"
          echo "GRANT ALL PRIVILEGES ON \\`t\\\\_%\\`.* TO $name@'%';"
        done
        user operator "$OPERATOR_PASSWORD"
        echo "GRANT ALL PRIVILEGES ON *.* TO operator@'%' WITH GRANT OPTION;"
      } > /run/mysqld/init.sql
      unset A_PASSWORD B_PASSWORD OPERATOR_PASSWORD
      exec mariadbd --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock \
        --pid-file=/run/mysqld/m.pid '--bind-address=*' --skip-name-resolve \
        --ssl-cert=/tls/tls.crt --ssl-key=/tls/tls.key \
        --innodb-flush-log-at-trx-commit=1 --character-set-server=utf8mb4 \
        --init-file=/run/mysqld/init.sql
      """;

  /** Ends with 0 when a user that the start made is answered a statement. */
  static final String ANSWERS =
      """
      client=$(command -v mariadb || command -v mysql)
      MYSQL_PWD=$OPERATOR_PASSWORD exec "$client" --no-defaults --user=operator \
        --socket=/run/mysqld/mysqld.sock --connect-timeout=2 --execute='SELECT 1' tollgate
      """;

  private MariaDbScript() {}
}
