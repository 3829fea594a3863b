package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.core.metering.RefusalCount;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.metering.UsageRecord;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.JdbcLedger;
import dev.tollgate.core.tenancy.LiveServing;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was used in a cycle that is over can be asked for, as long as bills are compared with it.
 */
class PastUsageTest {

  @Test
  void aCycleThatIsOverIsToldByItself(@TempDir Path data, @TempDir Path manifests)
      throws Exception {
    try (var runtime = RunningRuntime.start(data, manifests, "", Map.of())) {
      var serving = runtime.context.getBean(LiveServing.class).current();
      var tenant =
          Objects.requireNonNull(
              serving.tenants().get(Objects.requireNonNull(serving.tenantIds().get("acme"))));
      var running = Cycle.at(System.currentTimeMillis(), tenant.zone());
      var past = LocalDate.parse(running).minusMonths(1).toString();
      var at = Cycle.end(past, tenant.zone());
      new JdbcLedger(runtime.context.getBean(Databases.class), id -> tenant.zone())
          .commit(
              tenant.shard(),
              "b".repeat(32),
              0,
              100,
              List.of(
                  record("1", tenant.tenantId(), past, at.minusSeconds(1), 7),
                  record("2", tenant.tenantId(), running, at, 5)),
              List.of(
                  new RefusalCount(
                      tenant.shard(), tenant.tenantId(), "r", "late", at.getEpochSecond() - 1, 3),
                  new RefusalCount(
                      tenant.shard(), tenant.tenantId(), "r", "late", at.getEpochSecond(), 4)));

      var told = runtime.get("acme", "/v1/usage?cycle=" + past);

      assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
      var usage = new ObjectMapper().readTree(told.body());
      assertThat(usage.path("cycle").asText()).isEqualTo(past);
      assertThat(usage.path("cycleEnds").asText()).isEqualTo(at.toString());
      assertThat(usage.path("total").path("requests").asLong()).isEqualTo(7);
      assertThat(usage.path("days").path(0).path("name").asText())
          .isEqualTo(LocalDate.parse(running).minusDays(1).toString());
      assertThat(usage.path("refused").path("late").asLong()).isEqualTo(3);
      assertThat(usage.path("meters").path(0).toString())
          .isEqualTo("{\"meter\":\"requests\",\"used\":7}");
      var now = new ObjectMapper().readTree(runtime.get("acme", "/v1/usage").body());
      assertThat(now.path("total").path("requests").asLong()).isEqualTo(5);
      assertThat(now.path("refused").path("late").asLong()).isEqualTo(4);
      for (var wrong : List.of("2026-11-02", "2999-01-01", "2026-11", "x", "", "+12026-11-01")) {
        assertThat(runtime.get("acme", "/v1/usage?cycle=" + wrong).statusCode())
            .as(wrong)
            .isEqualTo(422);
      }
    }
  }

  private static UsageRecord record(
      String id, String tenant, String cycle, Instant at, long requests) {
    return new UsageRecord(
        id.repeat(32),
        new Opening(
            "default-0", tenant, "key:x", "r", "basic", "r1", cycle, at.toEpochMilli(), requests),
        at.toEpochMilli(),
        new Amounts(requests, 0, 0),
        Outcome.COMPLETE,
        200,
        null);
  }
}
