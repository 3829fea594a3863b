package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.metering.UsageRecord;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A request that the ledger has already does not keep a shard from taking what comes after it. */
class KnownRecordsTest {

  private static final String LOG = "a".repeat(32);

  private final ListAppender<ILoggingEvent> said = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(JdbcLedger.class);

  @BeforeEach
  void listen() {
    said.start();
    logger.addAppender(said);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(said);
  }

  @Test
  void theEmbeddedStoreGoesOn(@TempDir Path directory) {
    try (var databases = Databases.embedded(directory)) {
      goesOn(databases);
    }
  }

  @Test
  void mariaDbGoesOnAndTellsCallersApart(@TempDir Path directory) throws Exception {
    try (var server = new MariaDbServer(directory);
        var databases = server.databases()) {
      goesOn(databases);
    }
  }

  private void goesOn(Databases databases) {
    var ledger = new JdbcLedger(databases, id -> ZoneOffset.UTC);
    ledger.commit("shard", LOG, 0, 10, records("key:Bob", 1, 2), List.of());
    // the second is known with other amounts, the third comes twice in one piece of the log
    ledger.commit("shard", LOG, 10, 20, records("key:bob", 1, 7, 3, 3, 4), List.of());
    assertThat(ledger.position("shard", LOG)).isEqualTo(20);
    try (var repositories = Repositories.on(databases, "shard")) {
      var usage =
          repositories.get(UsageReader.class).usage("shard", "t", "2026-11-01", ZoneOffset.UTC);
      assertThat(usage.total().requests()).isEqualTo(1 + 2 + 3 + 4);
      assertThat(usage.principals())
          .extracting(UsageReader.Line::name, UsageReader.Line::requests)
          .containsExactlyInAnyOrder(
              org.assertj.core.groups.Tuple.tuple("key:Bob", 3L),
              org.assertj.core.groups.Tuple.tuple("key:bob", 7L));
    }
    assertThat(said.list.stream().filter(event -> event.getLevel() == Level.ERROR))
        .singleElement()
        .satisfies(event ->
            assertThat(event.getFormattedMessage())
                .contains("2".repeat(32), "requests=2", "requests=7"));
  }

  /** The second of each list is always the same request, whatever it counts. */
  private static List<UsageRecord> records(String principal, long... weights) {
    return Arrays.stream(weights)
        .mapToObj(weight ->
            new UsageRecord(
                Long.toString(weight == 7 ? 2 : weight).repeat(32),
                new Opening("shard", "t", principal, "r", "p", "v", "2026-11-01", 1000, weight),
                2000,
                new Amounts(weight, 0, 0),
                Outcome.COMPLETE,
                200,
                null))
        .toList();
  }
}
