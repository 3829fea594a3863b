package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.core.store.Databases;
import dev.tollgate.crd.shard.ShardPool;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatusBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the operator applies for a shard is run here: its command, its variables, its probe. The
 * volume is the same in all tests, so that it is installed once; the Secrets are each test's own.
 */
@NullUnmarked
class ManagedShardTest {

  @TempDir private static Path home;
  private Platform platform;
  private MariaDb database;

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
    database = new MariaDb(home);
    platform.apply(pool(""));
    await("the database is applied", () -> container() != null);
  }

  @AfterEach
  void stop() throws Exception {
    database.close();
    platform.close();
  }

  @Test
  void theRuntimeCanUseItsTwoDatabasesAndThoseOfItsTenantsAndNoOther() throws Exception {
    run();
    try (var connection = database.connect(credential("user"), credential("password"));
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE tollgate.a (b INT)");
      statement.execute("CREATE TABLE platform.a (b INT)");
      statement.execute("CREATE DATABASE t_acme");
      assertThatThrownBy(() -> statement.execute("CREATE DATABASE tother"))
          .isInstanceOf(SQLException.class);
      assertThatThrownBy(() -> statement.execute("SELECT * FROM mysql.global_priv"))
          .isInstanceOf(SQLException.class);
    }
    assertThat(platform.secret("default-credentials-0").getMetadata().getLabels())
        .containsEntry("tollgate.dev/use", "store");
    assertThat(credential("jdbc-url"))
        .isEqualTo("jdbc:mariadb://default-0." + platform.namespace() + ".svc:3306/tollgate");
  }

  @Test
  void rootIsNotReachedOverTheNetwork() throws Exception {
    run();
    assertThat(database.admits("root", "")).isFalse();
    assertThat(database.admits("", "")).isFalse();
  }

  @Test
  void theProbeAsksForAnAnswerAndNotForAnOpenPort() throws Exception {
    run();
    assertThat(database.probe(probe(), environment())).isTrue();
    var wrong = environment();
    wrong.put("OPERATOR_PASSWORD", "wrong");
    assertThat(database.probe(probe(), wrong)).isFalse();
  }

  @Test
  void theSecretIsTheTruthAfterARestart() throws Exception {
    run();
    var before = credential("password");
    try (var connection = database.connect("tollgate_a", before);
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE kept (b INT)");
    }
    database.stop();
    put("default-root-0", "a-password", "another");
    run();
    assertThat(database.admits("tollgate_a", before)).isFalse();
    try (var connection = database.connect("tollgate_a", "another");
        var statement = connection.createStatement()) {
      assertThat(statement.executeQuery("SELECT count(*) FROM kept").next()).isTrue();
    }
  }

  @Test
  void anInstallThatWasCutShortIsBegunAnew(@TempDir Path another) throws Exception {
    database = new MariaDb(another);
    Files.createDirectories(database.data().resolve("mysql"));
    Files.writeString(database.data().resolve("mysql/half"), "");
    Files.writeString(database.data().resolve(".installing"), "");
    run();
    assertThat(database.data().resolve("mysql/half")).doesNotExist();
    assertThat(database.data().resolve(".installing")).doesNotExist();
  }

  @Test
  void aWishRotatesThePasswordOnceAndRefusesNobodyMeanwhile() throws Exception {
    run();
    var before = credential("password");
    ready();
    platform.apply(pool("first"));
    await("the other user is used", () -> credential("user").equals("tollgate_b"));
    assertThat(database.admits("tollgate_b", credential("password"))).isTrue();
    assertThat(database.admits("tollgate_a", before)).isTrue();
    assertThat(platform.secret("default-root-0", "b-password")).isEqualTo(credential("password"));
    var version = platform.secret("default-credentials-0").getMetadata().getResourceVersion();
    platform.restartOperator();
    Thread.sleep(2000);
    assertThat(platform.secret("default-credentials-0").getMetadata().getResourceVersion())
        .isEqualTo(version);
    platform.apply(pool("second"));
    await("the first user is used again", () -> credential("user").equals("tollgate_a"));
    assertThat(database.admits("tollgate_a", before)).isFalse();
  }

  @Test
  void aRotatedPasswordOutlivesARestart() throws Exception {
    run();
    ready();
    platform.apply(pool("first"));
    await("the other user is used", () -> credential("user").equals("tollgate_b"));
    database.stop();
    run();
    assertThat(database.admits("tollgate_b", credential("password"))).isTrue();
  }

  @Test
  void aPasswordOfNinetyDaysIsRotatedWithoutAWish() throws Exception {
    run();
    ready();
    annotate("tollgate.dev/rotated-at", "2020-01-01T00:00:00Z");
    touch();
    await("the other user is used", () -> credential("user").equals("tollgate_b"));
  }

  @Test
  void aRotationThatWasCutShortBeforeItsLastStepIsDoneAgain() throws Exception {
    run();
    put("default-root-0", "b-password", "never-set-in-the-database");
    ready();
    platform.apply(pool("first"));
    await("the other user is used", () -> credential("user").equals("tollgate_b"));
    assertThat(database.admits("tollgate_b", credential("password"))).isTrue();
    assertThat(platform.secret("default-root-0", "b-password")).isEqualTo(credential("password"));
  }

  @Test
  void aDatabaseThatIsAwayKeepsThePasswordAndSaysSoWithoutTellingIt() throws Exception {
    run();
    ready();
    database.stop();
    var before = credential("password");
    platform.apply(pool("first"));
    await("it is told", () -> !platform.events("RotationFailed").isEmpty());
    assertThat(credential("password")).isEqualTo(before);
    assertThat(platform.events("RotationFailed").getFirst().getNote())
        .contains("default-0")
        .doesNotContain(platform.secret("default-root-0", "b-password"));
  }

  @Test
  void aVolumeThatCannotBeChangedIsToldInWordsAndTheShardGoesOn() {
    platform.apply(pool("").replace("shards: 1", "shards: 1, storage: 20Gi"));
    await("it is told", () -> !platform.events("Refused").isEmpty());
    assertThat(platform.events("Refused").getFirst().getNote())
        .contains("StatefulSet default-0", "claim data-default-0-0", "--cascade=orphan");
    assertThat(statefulSet()).isNotNull();
  }

  @Test
  void onlyGatewaysAndTheOperatorMayConnectAndAnEditIsRepaired() {
    var policies =
        platform
            .client()
            .network()
            .v1()
            .networkPolicies()
            .inNamespace(platform.namespace())
            .withName("default-0");
    var spec = policies.get().getSpec();
    assertThat(spec.getPodSelector().getMatchLabels())
        .containsAllEntriesOf(statefulSet().getSpec().getSelector().getMatchLabels());
    assertThat(spec.getPolicyTypes()).containsExactlyInAnyOrder("Ingress", "Egress");
    assertThat(spec.getEgress()).isEmpty();
    assertThat(spec.getIngress()).hasSize(1);
    var ingress = spec.getIngress().getFirst();
    assertThat(ingress.getPorts())
        .extracting(p -> p.getPort().getStrVal())
        .containsExactly("mysql");
    assertThat(ingress.getFrom().getFirst().getNamespaceSelector()).isNull();
    assertThat(ingress.getFrom().getFirst().getPodSelector().getMatchExpressions())
        .extracting(e -> e.getKey() + " " + e.getOperator() + " " + e.getValues())
        .containsExactly("app.kubernetes.io/name In [tollgate-drain, tollgate-gateway]");
    assertThat(ingress.getFrom().getLast().getPodSelector().getMatchLabels())
        .containsEntry("app.kubernetes.io/component", "operator");
    assertThat(ingress.getFrom().getLast().getNamespaceSelector().getMatchLabels())
        .isEqualTo(Map.of("kubernetes.io/metadata.name", platform.namespace()));
    policies.edit(p -> {
      p.getSpec().getIngress().getFirst().setFrom(List.of());
      return p;
    });
    await(
        "the edit is repaired",
        () -> policies.get().getSpec().getIngress().getFirst().getFrom().size() == 2);
  }

  @Test
  void theSecretsOutliveThePool() throws Exception {
    platform
        .client()
        .resources(ShardPool.class)
        .inNamespace(platform.namespace())
        .withName("default")
        .delete();
    Thread.sleep(1000);
    assertThat(platform.secret("default-credentials-0").getMetadata().getOwnerReferences())
        .isEmpty();
    assertThat(platform.secret("default-root-0").getMetadata().getOwnerReferences()).isEmpty();
  }

  @Test
  void theDatabaseIsKnownByACertificateOfItsOwn() throws Exception {
    run();
    var asTheRuntime = new Properties();
    asTheRuntime.putAll(Databases.tls(credential("ca.crt")));
    asTheRuntime.put("user", credential("user"));
    asTheRuntime.put("password", credential("password"));
    try (var connection = DriverManager.getConnection(database.url(), asTheRuntime);
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SHOW STATUS LIKE 'Ssl_version'")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getString(2)).startsWith("TLSv1");
    }
    assertThat(platform.secret("default-credentials-0").getData())
        .as("the key is the database's alone")
        .doesNotContainKey("tls.key");
  }

  @Test
  void aDatabaseOfAnEarlierVersionGetsItsCertificate() {
    patch("default-root-0", "{\"data\":{\"tls.key\":null,\"tls.crt\":null,\"ca.crt\":null}}");
    patch("default-credentials-0", "{\"data\":{\"ca.crt\":null}}");
    var password = credential("password");
    touch();
    await(
        "both know it",
        () ->
            platform.secret("default-root-0", "tls.key").contains("PRIVATE KEY")
                && credential("ca.crt").equals(platform.secret("default-root-0", "ca.crt")));
    assertThat(credential("password")).isEqualTo(password);
  }

  @Test
  void aLostRootSecretIsMadeAnewWithThePasswordInUse() {
    var used = credential("password");
    platform
        .client()
        .secrets()
        .inNamespace(platform.namespace())
        .withName("default-root-0")
        .delete();
    touch();
    await("it is back", () -> platform.secret("default-root-0", "a-password").equals(used));
  }

  @Test
  void aSecretWithAKeyMissingIsToldInWords() {
    patch("default-root-0", "{\"data\":{\"operator-password\":null}}");
    patch("default-credentials-0", "{\"data\":{\"jdbc-url\":null}}");
    var set = statefulSet();
    set.setStatus(new StatefulSetStatusBuilder().withReplicas(1).withReadyReplicas(1).build());
    platform.client().resource(set).updateStatus();
    platform.apply(pool("first"));
    await("it is told", () -> !platform.events("SecretIncomplete").isEmpty());
    assertThat(platform.events("SecretIncomplete").getFirst().getNote())
        .contains("Secret default-credentials-0 has no key jdbc-url");
  }

  private static String pool(String wish) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ShardPool
    metadata:
      name: default
      annotations: {%s}
    spec: {engine: Managed, shards: 1}
    """
        .formatted(wish.isEmpty() ? "" : "tollgate.dev/rotate-credentials: " + wish);
  }

  private StatefulSet statefulSet() {
    return platform
        .client()
        .apps()
        .statefulSets()
        .inNamespace(platform.namespace())
        .withName("default-0")
        .get();
  }

  private Container container() {
    var set = statefulSet();
    return set == null ? null : set.getSpec().getTemplate().getSpec().getContainers().getFirst();
  }

  private void run() throws Exception {
    for (var key : List.of("tls.key", "tls.crt")) {
      Files.writeString(database.tls().resolve(key), platform.secret("default-root-0", key));
    }
    database.start(container().getCommand().getLast(), environment(), probe());
  }

  private String probe() {
    return container().getReadinessProbe().getExec().getCommand().getLast();
  }

  private Map<String, String> environment() {
    Map<String, String> values = new HashMap<>();
    for (var variable : container().getEnv()) {
      var from = variable.getValueFrom().getSecretKeyRef();
      values.put(variable.getName(), platform.secret(from.getName(), from.getKey()));
    }
    return values;
  }

  private String credential(String key) {
    return platform.secret("default-credentials-0", key);
  }

  /** Tells the operator that the shard answers, and where: here is no cluster network. */
  private void ready() {
    put("default-credentials-0", "jdbc-url", database.url());
    var set = statefulSet();
    set.setStatus(new StatefulSetStatusBuilder().withReplicas(1).withReadyReplicas(1).build());
    platform.client().resource(set).updateStatus();
  }

  /** Has the operator look at the pool again. */
  private void touch() {
    platform.apply(pool("").replace("shards: 1", "shards: 1, partitions: 8"));
  }

  private void put(String secret, String key, String value) {
    var patch =
        new SecretBuilder()
            .addToData(
                key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)))
            .build();
    patch(secret, platform.client().getKubernetesSerialization().asJson(patch));
  }

  private void annotate(String name, String value) {
    patch(
        "default-credentials-0",
        "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}".formatted(name, value));
  }

  private void patch(String secret, String json) {
    platform
        .client()
        .secrets()
        .inNamespace(platform.namespace())
        .withName(secret)
        .patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }
}
