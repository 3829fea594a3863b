package dev.tollgate.sites.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Repositories;
import dev.tollgate.sites.json.JsonHistory.Kind;
import dev.tollgate.sites.json.JsonHistory.Operation;
import dev.tollgate.sites.json.JsonHistory.Outcome;
import java.time.Instant;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the table-backed history promises on whichever database holds the shard. */
abstract class ShardJsonHistoryPromises {
  private static final Instant NOON = Instant.parse("2026-05-01T12:00:00.123Z");

  private final Databases databases = databases();
  private final Repositories repositories = Repositories.on(databases, "shard");
  private final JsonHistory history = repositories.get(ShardJsonHistory.class);

  /** Databases with nothing in them. */
  abstract Databases databases();

  @AfterEach
  void close() {
    repositories.close();
    databases.close();
  }

  @Test
  void givesBackWhatWasAddedNewestFirst() {
    var first = new Operation(Kind.FORMAT, 1, NOON, Outcome.DONE);
    var second = new Operation(Kind.DIFF, 1L << 40, NOON, Outcome.TOO_LARGE);
    history.add("acme", first);
    history.add("acme", second);

    assertThat(history.last("acme")).containsExactly(second, first);
  }

  @Test
  void keepsFiftyOperationsOfEachTenant() throws Exception {
    history.add("other", new Operation(Kind.FORMAT, 1, NOON, Outcome.DONE));
    for (int i = 1; i <= 60; i++) {
      history.add("acme", new Operation(Kind.FORMAT, i, NOON, Outcome.DONE));
    }

    assertThat(history.last("acme")).hasSize(50).first().extracting(Operation::size).isEqualTo(60L);
    try (var connection = databases.shard("shard").getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT COUNT(*) FROM json_history")) {
      rows.next();
      assertThat(rows.getInt(1)).isEqualTo(51);
    }
  }

  @Test
  void losesNothingWhenReplicasAddAtOnce() {
    try (var replicas = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 50; i++) {
        replicas.execute(
            () -> history.add("acme", new Operation(Kind.MINIFY, 1, NOON, Outcome.DONE)));
      }
    }

    assertThat(history.last("acme")).hasSize(50);
  }
}
