package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Manifests.PROMPT;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.experiment.ExperimentDecision;
import dev.tollgate.crd.experiment.MeanInterval;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An experiment's status tells what its variants have done, as a replica counts it. */
@NullUnmarked
class ExperimentStatusTest {

  private static final String LIST = "/tollgate/experiments";
  private static final String RESULTS = "/tollgate/experiments/pax";

  private Replica replica;
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(() -> 204);
    replica.serves(1);
    replica.tells(LIST, "{\"experiments\":[{\"name\":\"pax\"}]}");
    replica.tells(RESULTS, results(1000, 20, "Collecting", "false", "1.0"));
    platform = new Platform(replica.port());
    platform.apply(POOLS + PROMPT + EXPERIMENT);
    replica.joins(platform, "default");
  }

  @AfterEach
  void stop() {
    platform.close();
    replica.close();
  }

  @Test
  void countsMeansAndIntervalsAreInTheStatus() {
    await("it is counted", () -> calls() == 1020);
    var status = experiment().getStatus();
    assertThat(status.leader()).isEqualTo("treatment-a");
    assertThat(status.decision()).isEqualTo(ExperimentDecision.Collecting);
    assertThat(status.since()).isEqualTo("2026-11-01T00:00:00Z");
    var control = status.variants().getFirst();
    assertThat(control.calls()).isEqualTo(1000);
    assertThat(control.units()).isEqualTo(500);
    assertThat(control.latencyMs()).isEqualTo(new MeanInterval("1234.57", "1200", "1300.5"));
    assertThat(control.score()).isNull();
    // too few units for an interval
    assertThat(status.variants().getLast().error()).isEqualTo(new MeanInterval("0.05", null, null));
    await("not rolled back", () -> condition("RolledBack").reason().equals("NotCrossed"));
    assertThat(condition("SampleRatioMismatch").status()).isEqualTo("False");
    assertThat(platform.events("NotCrossed")).isEmpty();
    assertThat(platform.events("AsIntended")).isEmpty();
  }

  @Test
  void aVerdictIsToldAtOnceWithAnEventAndStaysWhenNobodyAnswers() throws Exception {
    await("it is counted", () -> calls() == 1020);
    replica.tells(LIST, VERDICT.formatted(true));
    replica.tells(RESULTS, results(1001, 21, "RolledBack", "false", "1.0"));
    await(
        "it is rolled back",
        Duration.ofSeconds(15),
        () -> condition("RolledBack").status().equals("True") && calls() == 1022);
    assertThat(condition("RolledBack").reason()).isEqualTo("GuardCrossed");
    assertThat(condition("RolledBack").message())
        .contains(
            "Variant treatment-a: 12.0 percent of the last 200 calls failed, of at most 5.",
            "2026-11-02T08:00:00Z",
            "another salt");
    assertThat(experiment().getStatus().decision()).isEqualTo(ExperimentDecision.RolledBack);
    replica.close();
    platform.restartOperator();
    platform.apply(EXPERIMENT.replace("errorPercent: 5", "errorPercent: 6"));
    await("it was looked at", () -> condition("RolledBack").observedGeneration() == 2);
    assertThat(condition("RolledBack").status()).isEqualTo("True");
    assertThat(platform.events("GuardCrossed"))
        .singleElement()
        .satisfies(event -> assertThat(event.getType()).isEqualTo("Warning"));
  }

  @Test
  void anotherSaltLiftsTheVerdict() {
    replica.tells(LIST, VERDICT.formatted(true));
    await("it is rolled back", () -> condition("RolledBack").status().equals("True"));
    replica.tells(LIST, "{\"experiments\":[{\"name\":\"pax\"}]}");
    await("it begins anew", () -> condition("RolledBack").status().equals("False"));
    assertThat(experiment().getStatus().decision()).isEqualTo(ExperimentDecision.Collecting);
  }

  @Test
  void aGuardThatOnlyAlertsIsToldThoughNothingIsRolledBack() {
    replica.tells(LIST, VERDICT.formatted(false));
    await("it is told", () -> condition("RolledBack").reason().equals("Alert"));
    assertThat(condition("RolledBack").status()).isEqualTo("False");
    assertThat(condition("RolledBack").message()).contains("nothing was moved");
    assertThat(platform.events("Alert")).hasSize(1);
  }

  @Test
  void sharesThatAreNotAsIntendedAreToldWithTheirPValue() {
    replica.tells(RESULTS, results(1000, 20, "Collecting", "true", "1.2345E-7"));
    await("it is told", () -> condition("SampleRatioMismatch").status().equals("True"));
    assertThat(condition("SampleRatioMismatch").message())
        .contains(
            "Of 510 units control has 98.0 percent of them and should have 50.0, treatment-a has 2.0",
            "p = 1.2e-07");
    assertThat(platform.events("UnitsLost"))
        .singleElement()
        .satisfies(event -> assertThat(event.getType()).isEqualTo("Warning"));
  }

  @Test
  void nothingIsWrittenWhileNothingChangesAndCountsAloneAreWrittenSeldom() throws Exception {
    await("it is served", () -> condition("Programmed").status().equals("True"));
    await("it is counted", () -> calls() == 1020);
    Thread.sleep(2000);
    var version = experiment().getMetadata().getResourceVersion();
    var begun = System.nanoTime();
    replica.tells(RESULTS, results(2000, 40, "Collecting", "false", "1.0"));
    Thread.sleep(15_000);
    assertThat(experiment().getMetadata().getResourceVersion()).isEqualTo(version);
    assertThat(replica.notModified(LIST)).isPositive();
    await("it is counted again", () -> calls() == 2040);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(20));
  }

  private Experiment experiment() {
    return platform
        .client()
        .resources(Experiment.class)
        .inNamespace(platform.namespace())
        .withName("pax")
        .get();
  }

  private long calls() {
    return experiment().getStatus().calls();
  }

  private Condition condition(String type) {
    return platform.condition("Experiment", "pax", type);
  }

  private static String results(
      int control, int treatment, String decision, String mismatch, String p) {
    return """
    {"name":"pax","prompt":"fixer","since":"2026-11-01T00:00:00Z","calls":%d,"units":%d,
     "leader":"treatment-a","decision":"%s","decideBy":"Score","confidencePercent":95,
     "sampleRatioMismatch":%s,"sampleRatioPValue":%s,"method":"m","variants":[
      {"name":"control","version":1,"weight":50,"calls":%d,"units":%d,
       "error":{"count":1000,"mean":0.0123456789,"low":0.0,"high":0.02},
       "latencyMs":{"count":1000,"mean":1234.5678,"low":1200,"high":1300.5},"labels":{}},
      {"name":"treatment-a","version":2,"weight":50,"calls":%d,"units":%d,
       "error":{"count":20,"mean":0.05},"labels":{}}]}
    """
        .formatted(
            control + treatment,
            (control + treatment) / 2,
            decision,
            mismatch,
            p,
            control,
            control / 2,
            treatment,
            treatment / 2);
  }

  private static final String VERDICT =
      """
      {"experiments":[{"name":"pax","verdict":{"variant":"treatment-a",
       "reason":"12.0 percent of the last 200 calls failed, of at most 5",
       "at":"2026-11-02T08:00:00Z","rollback":%s}}]}
      """;

  private static final String EXPERIMENT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Experiment
      metadata: {name: pax}
      spec:
        prompt: fixer
        variants: [{name: control, version: 1}, {name: treatment-a, version: 2}]
        guard: {errorPercent: 5}
      """;
}
