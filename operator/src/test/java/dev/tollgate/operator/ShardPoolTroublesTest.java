package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.shard.ShardPool;
import io.fabric8.kubernetes.api.model.Pod;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pool of shards that is not ready says why, and what to do. */
@NullUnmarked
class ShardPoolTroublesTest {

  private static final String LONG = "a".repeat(60);

  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  @Test
  void whatSomebodyElseMadeUnderTheNamesIsLeftAloneAndTold() {
    platform.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: data-1}
        spec: {selector: {app: mine}, ports: [{port: 4711}]}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: data-root-0}
        stringData: {a-password: mine, b-password: mine, operator-password: mine}
        """);
    platform.apply(pool("data", "engine: Managed, shards: 2"));
    await("it is told", () -> reason("data", "Accepted").equals("NameTaken"));
    assertThat(message("data", "Accepted"))
        .contains("Service data-1 is there already", "Secret data-root-0")
        .contains("(1)", "(2)", "app.kubernetes.io/managed-by: tollgate");
    assertThat(set("data-0")).isFalse();
    assertThat(platform.here().services().withName("data-1").get().getSpec().getSelector())
        .containsOnlyKeys("app");
    assertThat(platform.here().secrets().withName("data-credentials-0").get()).isNull();
  }

  @Test
  void anAmountThatIsNoneIsToldInWordsUntilItIsCorrected() {
    platform.apply(pool("data", "engine: Managed, storage: 5GB"));
    await("it is told", () -> reason("data", "Accepted").equals("BadQuantity"));
    assertThat(message("data", "Accepted")).contains("spec.storage", "'5GB'", "2Gi");
    assertThat(reason("data", "Ready")).isEqualTo("NotAccepted");
    platform.apply(pool("data", "engine: Managed, storage: 5Gi"));
    await("it is accepted", () -> reason("data", "Accepted").equals("Accepted"));
    await("the database is applied", () -> set("data-0"));
  }

  @Test
  void aNameThatIsTooLongIsToldInWords() {
    platform.apply(pool(LONG, "engine: Managed"));
    await("it is told", () -> reason(LONG, "Accepted").equals("NameTooLong"));
    assertThat(message(LONG, "Accepted")).contains("52 characters");
    assertThat(set(LONG + "-0")).isFalse();
  }

  @Test
  void aNameThatAServiceCannotHaveIsToldInWords() {
    platform.apply(pool("1st", "engine: Managed"));
    await("it is told", () -> reason("1st", "Accepted").equals("Refused"));
    assertThat(message("1st", "Accepted")).contains("Service 1st-0");
  }

  @Test
  void whatKeepsAPodFromRunningIsToldInWords() {
    platform.apply(pool("data", "engine: Managed, storageClassName: nowhere"));
    await("it waits", () -> reason("data", "Ready").equals("Pending"));
    assertThat(message("data", "Ready"))
        .contains("kubectl describe statefulset -l tollgate.dev/shard-pool=data");
    platform.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: data-0-0, labels: {tollgate.dev/shard-pool: data}}
        spec: {containers: [{name: mariadb, image: "mariadb:test"}]}
        """);
    platform.status(
        Pod.class,
        "data-0-0",
        """
        phase: Pending
        conditions:
        - {type: PodScheduled, status: "False", reason: Unschedulable, message: pod has unbound immediate PersistentVolumeClaims}
        """);
    await("it is told", () -> reason("data", "Ready").equals("ClaimUnbound"));
    assertThat(message("data", "Ready"))
        .contains("0 of 1 shards answer", "claim data-data-0-0", "spec.storageClassName");
    platform.status(
        Pod.class,
        "data-0-0",
        """
        phase: Pending
        conditions: [{type: PodScheduled, status: "True"}]
        containerStatuses:
        - name: mariadb
          image: mariadb:test
          imageID: ""
          ready: false
          restartCount: 0
          state: {waiting: {reason: ErrImagePull, message: not found}}
        """);
    await("it is told", () -> reason("data", "Ready").equals("ImagePullBackOff"));
    assertThat(message("data", "Ready")).contains("image.mariadb", "spec.image of the ShardPool");
  }

  @Test
  void theDatabasesRunOnTheNodesThatAreNamed() {
    platform.apply(
        pool(
            "data",
            "engine: Managed, nodeSelector: {disk: fast}, tolerations: [{key: disk, operator: Exists}]"));
    await("there is a database", () -> set("data-0"));
    var pod =
        platform
            .here()
            .apps()
            .statefulSets()
            .withName("data-0")
            .get()
            .getSpec()
            .getTemplate()
            .getSpec();
    assertThat(pod.getNodeSelector()).containsEntry("disk", "fast");
    assertThat(pod.getTolerations().getFirst().getKey()).isEqualTo("disk");
  }

  @Test
  void anExternalDatabaseIsNotSaidToAnswer() {
    platform.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: one-password, labels: {tollgate.dev/use: store}}
        stringData: {p: content}
        """);
    platform.apply(EdgePool.EXTERNAL);
    await("it is ready", () -> reason("default", "Ready").equals("Ready"));
    assertThat(message("default", "Ready"))
        .contains("the condition Connected")
        .doesNotContain("1 of 1");
    assertThat(
            platform
                .here()
                .resources(ShardPool.class)
                .withName("default")
                .get()
                .getStatus()
                .readyShards())
        .isNull();
  }

  private static String pool(String name, String spec) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ShardPool
    metadata: {name: %s}
    spec: {%s}
    """
        .formatted(name, spec);
  }

  private boolean set(String name) {
    return platform.here().apps().statefulSets().withName(name).get() != null;
  }

  private String reason(String pool, String type) {
    return platform.condition("ShardPool", pool, type).reason();
  }

  private String message(String pool, String type) {
    return platform.condition("ShardPool", pool, type).message();
  }
}
