package dev.tollgate.ai.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.ai.Given;
import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Repositories;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.crd.experiment.ExperimentDecision;
import dev.tollgate.crd.experiment.StickyBy;
import dev.tollgate.crd.view.GuardView;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What results, feedback and guards promise, on whichever databases there are. */
abstract class ResultsPromises {

  private static final List<String> SHARDS = List.of("default-0", "default-1");

  private final Databases databases = databases();
  private final Experiments experiments = new Experiments();
  private final Repositories repositories = Repositories.on(databases, "default-0");
  private final ExperimentStore store = store("local");
  private final CallReader calls = new CallReader(databases, () -> SHARDS);
  private final ResultsReader results =
      new ResultsReader(experiments, store, calls, InstantSource.system());
  private final Guards guards = new Guards(experiments, store, calls, InstantSource.system());
  private final FeedbackStore feedback = repositories.get(FeedbackStore.class);
  private int number;

  abstract Databases databases();

  private record Call(String unit, String variant, int latency, int firstToken, String error) {}

  @BeforeEach
  void begin() {
    serve("s", null);
  }

  @AfterEach
  void close() {
    repositories.close();
    databases.close();
  }

  private ExperimentStore store(String namespace) {
    return new ExperimentStore(
        repositories.get(DesignRows.class), repositories.get(VerdictRows.class), namespace);
  }

  private void serve(String salt, @Nullable GuardView guard) {
    var view = Given.experiment(salt, StickyBy.User, guard, 50, 50);
    experiments.follow(Given.state(List.of(), List.of(view)));
    store.since(view);
  }

  /** Writes calls as the ledger does, to the shards in turn by unit. */
  private String write(List<Call> written) {
    var last = "";
    for (int shard = 0; shard < SHARDS.size(); shard++) {
      try (var connection = databases.shard(SHARDS.get(shard)).getConnection()) {
        connection.setAutoCommit(false);
        try (var insert =
            connection.prepareStatement(
                "INSERT INTO experiment_call (tenant_id, id, started, prompt, prompt_version,"
                    + " experiment, variant, tokens_in, tokens_out, cost, latency_ms,"
                    + " first_token_ms, error, unit) VALUES ('acme', ?, ?, 'sql-fixer', 1,"
                    + " 'pax-2024-q3', ?, 10, 20, 5000000000, ?, ?, ?, ?)")) {
          for (var call : written) {
            if (Math.floorMod(call.unit().hashCode(), SHARDS.size()) != shard) {
              continue;
            }
            last = "%032x".formatted(number++);
            insert.setString(1, last);
            insert.setLong(2, System.currentTimeMillis());
            insert.setString(3, call.variant());
            insert.setInt(4, call.latency());
            insert.setInt(5, call.firstToken());
            insert.setString(6, call.error());
            insert.setString(7, call.unit());
            insert.addBatch();
          }
          insert.executeBatch();
        }
        try (var statement = connection.createStatement()) {
          statement.executeUpdate(
              "INSERT IGNORE INTO usage_record (tenant_id, id, cycle, route, principal, plan,"
                  + " plan_revision, started, ended, requests, bytes_in, bytes_out, tokens_in,"
                  + " tokens_out, outcome, status, model)"
                  + " SELECT tenant_id, id, '2026-01-01', 'chat', 'key', 'pro', '1', started,"
                  + " started, 1, 0, 0, tokens_in, tokens_out, 'COMPLETE', 200, 'llama3'"
                  + " FROM experiment_call");
        }
        connection.commit();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
    return last;
  }

  private void write(String variant, int count, int latency, String error) {
    var list = new ArrayList<Call>();
    for (int i = 0; i < count; i++) {
      list.add(new Call("%016x".formatted(i), variant, latency, latency / 10, error));
    }
    write(list);
  }

  private ExperimentResults results() {
    return Objects.requireNonNull(results.of("pax-2024-q3"));
  }

  @Test
  void addsUpCallsAndUnitsOfAllShards() {
    write(
        List.of(
            new Call("a", "control", 100, 10, ""),
            new Call("a", "control", 300, -1, "timeout"),
            new Call("b", "treatment-a", 200, 20, "")));

    var found = results();
    assertThat(found.calls()).isEqualTo(3);
    assertThat(found.units()).isEqualTo(2);
    assertThat(found.decision()).isEqualTo(ExperimentDecision.Collecting);
    var control = found.variants().getFirst();
    assertThat(control.units()).isEqualTo(1);
    assertThat(Objects.requireNonNull(control.latencyMs()).mean()).isEqualTo(200);
    assertThat(Objects.requireNonNull(control.error()).mean()).isEqualTo(0.5);
    assertThat(Objects.requireNonNull(control.firstTokenMs()))
        .isEqualTo(new ExperimentResults.Estimate(1, 10, null, null));
    assertThat(Objects.requireNonNull(control.cost()).mean()).isEqualTo(5_000_000_000.0);
    assertThat(control.score()).isNull();
  }

  @Test
  void decidesByScoresOnceItIsSure() throws SQLException {
    var random = new Random(1);
    var list = new ArrayList<Call>();
    for (int i = 0; i < 600; i++) {
      list.add(new Call("%016x".formatted(i), i % 2 == 0 ? "control" : "treatment-a", 100, 10, ""));
    }
    write(list);
    for (var shard : SHARDS) {
      try (var connection = databases.shard(shard).getConnection();
          var statement = connection.createStatement();
          var update =
              connection.prepareStatement(
                  "INSERT INTO model_feedback (tenant_id, call_id, metric, said, at)"
                      + " VALUES ('acme', ?, 'score', ?, 1)");
          var rows = statement.executeQuery("SELECT id, variant FROM experiment_call")) {
        while (rows.next()) {
          var better = rows.getString(2).equals("control") ? 0 : 1;
          update.setString(1, rows.getString(1));
          update.setString(2, Double.toString(3 + better + random.nextGaussian()));
          update.executeUpdate();
        }
      }
    }

    var found = results();
    assertThat(found.leader()).isEqualTo("treatment-a");
    assertThat(found.decision()).isEqualTo(ExperimentDecision.Decided);
    assertThat(found.sampleRatioMismatch()).isFalse();
    var treatment = found.variants().get(1);
    var difference = Objects.requireNonNull(treatment.difference());
    assertThat(difference.low()).isBetween(0.3, 1.0);
    var control = Objects.requireNonNull(found.variants().getFirst().score());
    assertThat(difference.mean())
        .isBetween(difference.low(), difference.high())
        .isEqualTo(Objects.requireNonNull(treatment.score()).mean() - control.mean());
    assertThat(Objects.requireNonNull(treatment.score()).low()).isGreaterThan(3.5);
  }

  @Test
  void unitsThatAreMissingAreAnAlarm() {
    write("control", 1_000, 100, "");
    write("treatment-a", 300, 100, "");

    assertThat(results().sampleRatioMismatch()).isTrue();
  }

  @Test
  void anotherDesignBeginsAnew() throws InterruptedException {
    write("control", 10, 100, "");
    Thread.sleep(5);

    serve("another", null);

    assertThat(results().calls()).isZero();
  }

  @Test
  void aDesignThatComesBackBeginsAnewOnEveryReplica() throws InterruptedException {
    var first = Given.experiment("s", StickyBy.User, null, 50, 50);
    write("control", 10, 100, "");
    Thread.sleep(5);
    serve("another", null);
    write("control", 10, 100, "");
    Thread.sleep(5);

    serve("s", null);

    assertThat(results().calls()).isZero();
    assertThat(store("local").since(first)).as("after a start").isEqualTo(store.since(first));
  }

  @Test
  void saltsAreComparedLetterByLetter() {
    var found = new Verdict("e", "s", "a", "first", Instant.ofEpochMilli(1));
    assertThat(store.judge(found)).isTrue();
    assertThat(store.judge(new Verdict("e", "S", "a", "second", Instant.ofEpochMilli(2)))).isTrue();
    assertThat(store.judge(new Verdict("e", "s ", "a", "third", Instant.ofEpochMilli(3)))).isTrue();
    assertThat(store.verdicts()).hasSize(3);
  }

  @Test
  void feedbackIsOfTheTenantsOwnCallsAndTheLastWordCounts() {
    var id = write(List.of(new Call("b", "control", 100, 10, "")));
    var home = SHARDS.get(Math.floorMod("b".hashCode(), 2));
    try (var there = Repositories.on(databases, home)) {
      var shard = there.get(FeedbackStore.class);
      assertThat(shard.put("other", id, Map.of("score", "1.0"))).isFalse();
      assertThat(shard.put("acme", "f".repeat(32), Map.of("score", "1.0"))).isFalse();
      assertThat(shard.put("acme", id, Map.of("score", "1.0", "label", "wröng"))).isTrue();
      assertThat(shard.put("acme", id, Map.of("score", "4.0"))).isTrue();
    }

    var control = results().variants().getFirst();
    assertThat(Objects.requireNonNull(control.score()))
        .isEqualTo(new ExperimentResults.Estimate(1, 4, null, null));
    assertThat(control.labels()).containsExactly(Map.entry("wröng", 1L));
  }

  @Test
  void labelsAreToldLetterByLetter() {
    var labels = List.of("good", "Good", "göod", "good");
    for (var label : labels) {
      var id = write(List.of(new Call("b", "control", 100, 10, "")));
      try (var there = Repositories.on(databases, SHARDS.get(Math.floorMod("b".hashCode(), 2)))) {
        assertThat(there.get(FeedbackStore.class).put("acme", id, Map.of("label", label))).isTrue();
      }
    }

    var control = results().variants().getFirst();
    assertThat(control.labels())
        .containsOnly(Map.entry("good", 2L), Map.entry("Good", 1L), Map.entry("göod", 1L));
    assertThat(control.units()).isEqualTo(1);
    assertThat(control.effectiveUnits()).isEqualTo(1);
  }

  @Test
  void feedbackIsKeptAsAWholeOrNotAtAll() {
    var id = write(List.of(new Call("b", "control", 100, 10, "")));
    var home = SHARDS.get(Math.floorMod("b".hashCode(), 2));
    try (var there = Repositories.on(databases, home)) {
      var shard = there.get(FeedbackStore.class);
      var values = new TreeMap<>(Map.of("score", "1.0", "z".repeat(17), "too long a name"));

      assertThatThrownBy(() -> shard.put("acme", id, values)).isInstanceOf(StoreException.class);
    }

    assertThat(results().variants().getFirst().score()).isNull();
  }

  @Test
  void aGuardRollsBackAVariantThatFailsTooOften() {
    serve("s", new GuardView(5, null, null, 200, true));
    write("treatment-a", 180, 100, "");
    write("treatment-a", 19, 100, "timeout");
    guards.check();
    assertThat(store.verdicts()).isEmpty();

    write("treatment-a", 1, 100, "timeout");
    guards.check();

    assertThat(store.verdicts())
        .singleElement()
        .extracting(Verdict::variant, Verdict::reason)
        .containsExactly("treatment-a", "10.0 percent of the last 200 calls failed, of at most 5");
    assertThat(results().decision()).isEqualTo(ExperimentDecision.RolledBack);
    assertThat(Objects.requireNonNull(results().verdict()).rollback()).isTrue();
    assertThat(
            Objects.requireNonNull(
                    experiments.assign("sql-fixer", null, _ -> true, "acme", "key:1", "anyone"))
                .variant())
        .isEqualTo("control");
  }

  @Test
  void aCallerWhoLeavesIsNoFailureOfTheVariant() {
    serve("s", new GuardView(5, null, null, 20, true));
    write("treatment-a", 20, 100, ModelCall.CLIENT_GONE);
    guards.check();

    assertThat(store.verdicts()).isEmpty();
    var treatment = results().variants().get(1);
    assertThat(treatment.calls()).isEqualTo(20);
    assertThat(Objects.requireNonNull(treatment.error()).mean()).isZero();
  }

  @Test
  void aGuardRollsBackAVariantThatIsTooSlow() {
    serve("s", new GuardView(null, Duration.ofMillis(400), null, 100, true));
    write("treatment-a", 94, 100, "");
    write("treatment-a", 6, 500, "");
    guards.check();

    assertThat(store.verdicts())
        .singleElement()
        .extracting(Verdict::reason)
        .isEqualTo(
            "the 95th percentile of the whole time of the last 100 calls is 500 ms, of at most 400");
  }

  @Test
  void theControlIsNeverJudged() {
    serve("s", new GuardView(5, null, null, 10, true));
    write("control", 100, 100, "timeout");
    guards.check();

    assertThat(store.verdicts()).isEmpty();
  }

  @Test
  void ofTwoVerdictsTheFirstStays() {
    var first = new Verdict("e", "s", "a", "first", Instant.ofEpochMilli(1));

    assertThat(store.judge(first)).isTrue();
    assertThat(store.judge(new Verdict("e", "s", "b", "second", Instant.ofEpochMilli(2))))
        .isFalse();
    assertThat(store.verdicts()).containsExactly(first);
  }

  @Test
  void feedbackOfAnUnknownCallIsNotKept() {
    assertThat(feedback.put("acme", "0".repeat(32), Map.of("score", "1.0"))).isFalse();
  }
}
