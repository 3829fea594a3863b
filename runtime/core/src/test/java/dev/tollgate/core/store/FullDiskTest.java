package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tollgate.core.SmallDisk;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.metering.UsageRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An embedded database that closed itself, as on a full disk, is opened again when it can be. */
class FullDiskTest {

  private static final ZoneId UTC = ZoneOffset.UTC;
  private static final String CYCLE = "2026-03-01";
  private static final long REOPEN_MILLIS = 20_000;

  private long position;
  private int made;

  @Test
  void closedDatabasesAreOpenedAgain(@TempDir Path directory) throws Exception {
    try (var databases = Databases.embedded(directory);
        var repositories = Repositories.on(databases, "shard")) {
      var ledger = new JdbcLedger(databases, id -> UTC);
      var reader = repositories.get(UsageReader.class);
      commit(ledger);
      try (var one = databases.shard("shard").getConnection();
          var other = databases.shard("shard").getConnection()) {
        assertThat(other).isNotSameAs(one);
        var session = (SessionLocal) one.unwrap(JdbcConnection.class).getSession();
        session.getDatabase().getStore().closeImmediately();
      }
      assertThatThrownBy(() -> reader.usage("shard", "t", CYCLE, UTC))
          .isInstanceOf(StoreException.class);
      goesOn(ledger);
      assertThat(reader.usage("shard", "t", CYCLE, UTC).total().requests()).isEqualTo(made);
    }
  }

  @Test
  void aDiskThatWasFullIsWrittenToAgain(@TempDir Path directory) throws Exception {
    try (var _ = new SmallDisk(directory, 4)) {
      var filler = Files.write(directory.resolve("filler"), new byte[2 << 20]);
      try (var databases = Databases.embedded(directory);
          var repositories = Repositories.on(databases, "shard")) {
        var ledger = new JdbcLedger(databases, id -> UTC);
        var reader = repositories.get(UsageReader.class);
        Throwable full = null;
        while (full == null) {
          full = catchThrowable(() -> commit(ledger));
        }
        assertThat(full).isInstanceOf(StoreException.class);
        for (int i = 0; i < 20; i++) {
          failsAsStore(() -> commit(ledger));
          failsAsStore(() -> reader.usage("shard", "t", CYCLE, UTC));
        }
        Files.delete(filler);
        goesOn(ledger);
        assertThat(reader.usage("shard", "t", CYCLE, UTC).total().requests()).isEqualTo(made);
      }
    }
  }

  /** Works, or fails as what answers 503. */
  private static void failsAsStore(ThrowingCallable work) {
    var failure = catchThrowable(work);
    if (failure != null) {
      assertThat(failure).isInstanceOf(StoreException.class);
    }
  }

  /** Commits until it works. */
  private void goesOn(JdbcLedger ledger) throws InterruptedException {
    var end = System.currentTimeMillis() + REOPEN_MILLIS;
    while (true) {
      try {
        commit(ledger);
        return;
      } catch (StoreException e) {
        if (System.currentTimeMillis() > end) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  private void commit(JdbcLedger ledger) {
    var log = "a".repeat(32);
    // a commit may have come through whose answer did not
    var stored = ledger.position("shard", log);
    if (stored != position) {
      position = stored;
      made = (int) stored;
    }
    List<UsageRecord> records = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      records.add(record(made + i));
    }
    ledger.commit("shard", log, position, position + records.size(), records, List.of());
    position += records.size();
    made += records.size();
  }

  private static UsageRecord record(int number) {
    return new UsageRecord(
        "%032x".formatted(number),
        new Opening(
            "shard", "t", "key:x", "route", "plan", "revision", CYCLE, 1_772_323_200_000L, 1),
        1_772_323_200_000L,
        new Amounts(1, 0, 0),
        Outcome.COMPLETE,
        200,
        null);
  }
}
