package dev.tollgate.core.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.view.RouteView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is served wins over what comes later: a real folder, and what is served of it. */
@NullUnmarked
class ServedFirstTest {

  private static final String HEAD = "apiVersion: tollgate.dev/v1alpha1\nkind: ";

  private static final String POOLS =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Embedded}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: default}
      spec: {}
      ---
      """;

  @TempDir Path directory = Path.of(".");
  @TempDir Path data = Path.of(".");
  private final Map<String, Placement> rows = new HashMap<>();
  private LiveServing serving = new LiveServing(this::place, true);
  private DirectorySource source = source();

  /** As the embedded store does it: once placed, always placed. */
  private Placing.Result place(Shared shared, Collection<Tenant> tenants) {
    Map<String, Placement> placed = new HashMap<>();
    for (var tenant : tenants) {
      var name = tenant.getMetadata().getName();
      if (shared.plans().containsKey(tenant.getSpec().plan())) {
        rows.putIfAbsent(name, new Placement("id-" + name, "", name, "", "default", "default-0"));
      }
      if (rows.containsKey(name)) {
        placed.put(name, rows.get(name));
      }
    }
    return new Placing.Result(placed, Map.of());
  }

  private DirectorySource source() {
    return new DirectorySource(directory, data.resolve("last-good"), Duration.ofSeconds(2));
  }

  @BeforeEach
  void start() throws IOException {
    write("plans.yaml", plan("basic", "9") + plan("other", "5"));
    write("routes.yaml", route("weather", "/weather", "old"));
    write("tenants.yaml", tenant("acme", "basic") + tenant("globex", "basic"));
    source.close();
    source = source();
    source.start(serving::accept);
    assertThat(serving.findings()).isEmpty();
  }

  @AfterEach
  void stop() {
    source.close();
  }

  private void restart() {
    source.close();
    serving = new LiveServing(this::place, true);
    source = source();
    source.start(serving::accept);
  }

  @Test
  void aLaterResourceOfTheSameNameIsTheFindingWhateverItsFileIsCalled() throws Exception {
    write("aaa.yaml", plan("basic", "77") + route("weather", "/weather", "new"));
    await(() -> source.errors().size() == 2);
    for (int i = 0; i < 2; i++) {
      assertThat(serving.current().shared().plans().get("basic").price()).isEqualTo(900_000_000);
      assertThat(backend("/weather")).isEqualTo("old");
      assertThat(source.errors())
          .extracting(e -> e.file() + " " + e.message())
          .containsExactly(
              "aaa.yaml Plan basic is in plans.yaml too, in line 3, and that one is used; remove"
                  + " one of them",
              "aaa.yaml ApiRoute weather is in routes.yaml too, in line 3, and that one is used;"
                  + " remove one of them");
      restart();
    }
    // an edit of what is served is an edit, not a stranger
    write("plans.yaml", plan("basic", "10") + plan("other", "5"));
    await(() -> serving.current().shared().plans().get("basic").price() == 1_000_000_000);
    Files.delete(directory.resolve("plans.yaml"));
    await(() -> serving.current().shared().plans().get("basic").price() == 7_700_000_000L);
  }

  @Test
  void aLaterRouteOnTheSamePathLosesNowAndAfterARestart() throws Exception {
    write("aaa.yaml", route("aaa", "/weather", "new"));
    await(() -> !serving.findings().isEmpty());
    for (int i = 0; i < 2; i++) {
      assertThat(backend("/weather")).isEqualTo("old");
      assertThat(serving.findings())
          .singleElement()
          .extracting(f -> f.name() + " " + f.reason() + " " + f.message())
          .asString()
          .startsWith("aaa RouteConflict route weather already serves /weather in");
      restart();
    }
    // not even while the one that is served is edited
    write("routes.yaml", route("weather", "/weather", "newer"));
    await(() -> backend("/weather").equals("newer"));
    Files.delete(directory.resolve("routes.yaml"));
    await(() -> backend("/weather").equals("new"));
  }

  @Test
  void anOlderRouteThatMovesOntoThePathOfAnotherStaysWhereItWas() throws Exception {
    write("more.yaml", route("zebra", "/zebra", "zebra"));
    await(() -> serving.current().shared().routes().size() == 2);
    write("routes.yaml", route("weather", "/zebra", "old"));
    await(() -> !serving.findings().isEmpty());
    for (int i = 0; i < 2; i++) {
      assertThat(backend("/zebra")).isEqualTo("zebra");
      assertThat(backend("/weather")).isEqualTo("old");
      assertThat(serving.findings())
          .extracting(Finding::name, Finding::reason)
          .containsExactly(tuple("weather", "RouteConflict"));
      restart();
    }
    Files.delete(directory.resolve("more.yaml"));
    await(() -> backend("/zebra").equals("old"));
    assertThat(serving.findings()).isEmpty();
  }

  @Test
  void aTenantOfAPlanThatIsNotThereGoesOnAsItWas() throws Exception {
    write("tenants.yaml", tenant("acme", "basicc") + tenant("globex", "other"));
    await(() -> !serving.findings().isEmpty());
    for (int i = 0; i < 2; i++) {
      assertThat(planOf("acme")).isEqualTo("basic");
      assertThat(planOf("globex")).isEqualTo("other");
      assertThat(serving.findings())
          .singleElement()
          .extracting(Finding::message)
          .isEqualTo(
              "Plan basicc is not there or not valid; create it or name another; until then its"
                  + " last good form is served");
      restart();
    }
    write("more.yaml", plan("basicc", "1"));
    await(() -> planOf("acme").equals("basicc"));
    assertThat(serving.findings()).isEmpty();
  }

  @Test
  void aSuspensionWaitsForNoCorrectionOfTheRest() throws Exception {
    for (var mistake : new String[] {"{plan: basicc, ", "{plan: basic, plann: x, "}) {
      write("tenants.yaml", tenant("acme", "basic") + tenant("globex", "basic"));
      await(() -> !suspended("acme") && serving.findings().isEmpty());
      write(
          "tenants.yaml",
          (tenant("acme", "basic") + tenant("globex", "basic"))
              .replaceFirst("[{]plan: basic", mistake + "suspended: true"));
      await(() -> suspended("acme"));
      // what is wrong takes access away and never gives it
      write(
          "tenants.yaml",
          (tenant("acme", "basic") + tenant("globex", "basic"))
              .replaceFirst("[{]plan: basic", mistake + "suspended: false"));
      write("more.yaml", plan("more" + mistake.length(), "1"));
      await(() -> serving.current().shared().plans().containsKey("more" + mistake.length()));
      for (int i = 0; i < 2; i++) {
        assertThat(planOf("acme")).isEqualTo("basic");
        assertThat(suspended("acme")).isTrue();
        assertThat(suspended("globex")).isFalse();
        restart();
      }
    }
  }

  @Test
  void aPlanWithAMistakeKeepsItsLastGoodForm() throws Exception {
    write("plans.yaml", plan("basic", "10").replace("EUR", "XYZ") + plan("other", "6"));
    await(() -> !serving.findings().isEmpty());
    for (int i = 0; i < 2; i++) {
      assertThat(serving.current().tenants()).containsOnlyKeys("id-acme", "id-globex");
      assertThat(serving.current().shared().plans().get("basic").price()).isEqualTo(900_000_000);
      assertThat(serving.current().shared().plans().get("other").price()).isEqualTo(600_000_000);
      assertThat(serving.findings()).extracting(Finding::name).containsOnly("basic");
      restart();
    }
  }

  @Test
  void aPlanThatWouldTakeItsTenantsDownIsHeldBackAlthoughNothingInItIsRefused() throws Exception {
    write("plans.yaml", plan("basic", "9").replace("spec: {", "spec: {gatewayPool: edgee, "));
    await(() -> !serving.findings().isEmpty());
    assertThat(serving.current().tenants()).containsOnlyKeys("id-acme", "id-globex");
    assertThat(serving.findings())
        .extracting(f -> f.name() + " " + f.reason())
        .containsExactly("basic GatewayPoolNotFound", "basic WouldStopOthers");
  }

  @Test
  void aPlanThatWouldTakeItsLimitsAwayIsHeldBack() throws Exception {
    write(
        "limits.yaml",
        HEAD
            + """
            RateLimitPolicy
            metadata: {name: budget}
            spec:
              targetRefs: [{kind: Plan, name: basic}]
              limits: [{name: day, meter: money, amount: {amount: "5.00", currency: EUR}, per: Day, by: Tenant}]
            """);
    await(() -> !serving.current().shared().plans().get("basic").limits().isEmpty());
    write("plans.yaml", plan("basic", "9").replace("EUR", "USD") + plan("other", "5"));
    await(() -> !serving.findings().isEmpty());
    assertThat(serving.findings()).extracting(Finding::reason).contains("WouldStopOthers");
    assertThat(serving.current().shared().plans().get("basic").limits()).hasSize(1);
    assertThat(serving.current().shared().plans().get("basic").currency()).isEqualTo("EUR");
  }

  @Test
  void anEmptyFileIsNotYetWritten() throws Exception {
    write("plans.yaml", "");
    write("more.yaml", route("more", "/more", "more"));
    await(() -> serving.current().shared().routes().size() == 2);
    assertThat(serving.current().tenants()).containsOnlyKeys("id-acme", "id-globex");
    assertThat(serving.findings()).isEmpty();
    await(() -> serving.current().tenants().isEmpty());
    assertThat(serving.current().unserved()).containsOnlyKeys("acme", "globex");
    assertThat(serving.current().unserved().get("acme").tenantId()).isEqualTo("id-acme");
  }

  @Test
  void whatIsDeletedIsGone() throws Exception {
    write("tenants.yaml", tenant("acme", "basic"));
    await(() -> serving.current().tenants().size() == 1);
    Files.delete(directory.resolve("plans.yaml"));
    await(() -> serving.current().tenants().isEmpty());
    assertThat(serving.findings()).extracting(Finding::reason).containsExactly("PlanNotFound");
    assertThat(serving.current().unserved()).containsOnlyKeys("acme");
  }

  @Test
  void findingsOfWhatHasNotChangedAreToldOn() throws Exception {
    write("new.yaml", tenant("new", "missing"));
    await(() -> serving.findings().size() == 1);
    write("more.yaml", tenant("more", "basic"));
    await(() -> serving.current().tenants().size() == 3);
    assertThat(serving.findings())
        .extracting(Finding::name, Finding::reason)
        .containsExactly(tuple("new", "PlanNotFound"));
    assertThat(serving.current().unserved().get("new").tenantId()).isNull();
  }

  /** In a cluster the API server keeps what its schema accepts, and its stamps are the age. */
  @Test
  void aBadEditInAClusterTakesNoTenantDownAndAgeDecides() {
    var live = new LiveServing(this::place);
    var good =
        POOLS
            + plan("basic", "9")
            + tenant("acme", "basic")
            + at("2026-01-02", route("weather", "/weather", "old"));
    live.accept(read(good));
    var served =
        live.accept(
            read(
                POOLS
                    + plan("basic", "9").replace("EUR", "XYZ")
                    + tenant("acme", "gone").replace("gone", "gone, suspended: true")
                    + at("2026-01-02", route("weather", "/weather", "old"))
                    + at("2026-01-01", route("aaa", "/weather", "new"))));
    assertThat(live.current().tenants().get("id-acme").plan().name()).isEqualTo("basic");
    assertThat(live.current().tenants().get("id-acme").suspended()).isTrue();
    assertThat(live.current().shared().routes()).extracting(RouteView::name).containsExactly("aaa");
    assertThat(live.findings())
        .extracting(f -> f.kind() + " " + f.reason())
        .containsExactlyInAnyOrder(
            "Plan UnknownCurrency", "Tenant PlanNotFound", "ApiRoute RouteConflict");
    // the snapshot of a replica
    var next = new LiveServing(this::place);
    next.accept(served);
    assertThat(next.current().tenants().get("id-acme").suspended()).isTrue();
  }

  private static Manifests read(String yaml) {
    var read = ManifestReader.read(Map.of("all.yaml", yaml));
    assertThat(read.errors()).isEmpty();
    return read.manifests();
  }

  private static String at(String day, String yaml) {
    return yaml.replace("metadata: {", "metadata: {creationTimestamp: \"" + day + "T00:00:00Z\", ");
  }

  private boolean suspended(String tenant) {
    return Objects.requireNonNull(serving.current().tenants().get("id-" + tenant)).suspended();
  }

  private String planOf(String tenant) {
    return Objects.requireNonNull(serving.current().tenants().get("id-" + tenant)).plan().name();
  }

  private String backend(String path) {
    return serving.current().shared().routes().stream()
        .filter(r -> r.path().equals(path))
        .map(r -> r.backends().getFirst().name())
        .findFirst()
        .orElse("none");
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }

  private static String plan(String name, String amount) {
    return HEAD
        + "Plan\nmetadata: {name: %s}\nspec: {price: {amount: \"%s\", currency: EUR}}\n---\n"
            .formatted(name, amount);
  }

  private static String tenant(String name, String plan) {
    return HEAD + "Tenant\nmetadata: {name: %s}\nspec: {plan: %s}\n---\n".formatted(name, plan);
  }

  private static String route(String name, String path, String backend) {
    return HEAD
        + """
        ApiRoute
        metadata: {name: %s}
        spec:
          match: {path: %s}
          backends: [{name: %s, url: "http://backend.example"}]
        ---
        """
            .formatted(name, path, backend);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 400; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      Thread.sleep(25);
    }
    throw new AssertionError("not within ten seconds");
  }
}
