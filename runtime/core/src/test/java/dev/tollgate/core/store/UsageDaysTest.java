package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.metering.UsageRecord;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Days of usage are those of the tenant's clock, to the minute. */
class UsageDaysTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UTC",
        "Europe/Berlin",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Pacific/Marquesas",
        "Australia/Lord_Howe"
      })
  void aDayBeginsAtMidnight(String name, @TempDir Path directory) {
    var zone = ZoneId.of(name);
    try (var databases = Databases.embedded(directory);
        var repositories = Repositories.on(databases, "shard")) {
      new JdbcLedger(databases, id -> zone)
          .commit(
              "shard",
              "a".repeat(32),
              0,
              100,
              List.of(
                  record("1", "2026-03-07T00:00:00", zone),
                  record("2", "2026-03-07T23:59:59", zone),
                  record("3", "2026-03-08T00:00:00", zone),
                  record("4", "2026-11-30T23:59:59", zone)),
              List.of());
      assertThat(repositories.get(UsageReader.class).usage("shard", "t", "2026-03-01", zone).days())
          .extracting(UsageReader.Line::name, UsageReader.Line::requests)
          .containsExactly(
              tuple("2026-03-07", 2L), tuple("2026-03-08", 1L), tuple("2026-11-30", 1L));
    }
  }

  private static UsageRecord record(String id, String started, ZoneId zone) {
    var millis = LocalDateTime.parse(started).atZone(zone).toInstant().toEpochMilli();
    return new UsageRecord(
        id.repeat(32),
        new Opening("shard", "t", "key:x", "route", "plan", "revision", "2026-03-01", millis, 1),
        millis,
        new Amounts(1, 0, 0),
        Outcome.COMPLETE,
        200,
        null);
  }
}
