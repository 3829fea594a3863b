package dev.tollgate.core.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An entry of the log is read as it was written. */
class EntriesTest {

  @ParameterizedTest
  @CsvSource({"0, 0, 1", "5, 0, 2", "5, 3, 2"})
  void whatWasWrittenToACacheIsThereWhereThereIsSome(long written, long hour, byte kind) {
    var call =
        new ModelCall(
            "m",
            "b",
            ModelCall.Source.PROVIDER,
            "USD",
            "p",
            1,
            "e",
            "v",
            "u",
            9,
            written,
            hour,
            7,
            3,
            "");
    var record =
        new UsageRecord(
            "1".repeat(32),
            new Opening("shard", "t", "key:x", "api", "basic", "r1", "2026-11-01", 1000, 1),
            2000,
            new Amounts(1, 2, 3, 4, 5, 6),
            Outcome.COMPLETE,
            200,
            call);
    var entry = Entries.close(record);
    assertThat(entry.get()).isEqualTo(Entries.CLOSE);
    assertThat(Entries.closed(entry, new Names())).isEqualTo(record);
    var checkpoint = Entries.checkpoint("id", record.amounts(), call);
    // the type, an id of two letters and six numbers are before it
    assertThat(checkpoint.get(1 + 4 + 48)).as("as versions before write it").isEqualTo(kind);
  }
}
