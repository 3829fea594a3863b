package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class StoreFailureTest {

  @Test
  void theInnermostWordOfTheDriverCounts() {
    var refused = new SQLException("Access denied for user 'tollgate'", "28000", 1045);
    var waited = new SQLTransientConnectionException("a - Connection is not available", refused);
    assertThat(words(waited)).startsWith("refuses its user");
    assertThat(words(new SQLTransientConnectionException("a - Connection is not available")))
        .startsWith("does not answer");
    assertThat(words(new SQLException("Socket fail", "08000", new ConnectException("refused"))))
        .startsWith("does not answer");
  }

  @Test
  void eachKindOfTroubleSaysWhatToDoAndNothingThatTheServerQuoted() {
    assertThat(words(new SQLException("The table 'usage_record' is full", "HY000", 1114)))
        .isEqualTo("has no room left; enlarge its volume");
    assertThat(words(new SQLException("Unknown database 'x'", "42000", 1049)))
        .contains("create it");
    assertThat(words(new SQLException("read-only", "HY000", 1290))).contains("read-only");
    assertThat(words(new SQLException("Too many connections", "08004", 1040)))
        .contains("no connection left");
    assertThat(words(new SQLException("near 'secret'", "42000", 1064)))
        .isEqualTo("fails with SQL state 42000, error 1064; see its log");
  }

  @Test
  void whatTheRuntimeItselfSaysIsSaid() {
    var unknown = new StoreException("no shard pool has a shard named x", null);
    assertThat(words(new StoreException("the database x cannot be opened", unknown)))
        .isEqualTo("cannot be used: no shard pool has a shard named x");
  }

  private static String words(Throwable inner) {
    return StoreFailure.words(new StoreException("the usage was not written", inner));
  }
}
