package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.pools;
import static dev.tollgate.operator.Manifests.tenant;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One of two operators leads. When it goes, the other goes on, and does nothing again. */
@NullUnmarked
class LeaderElectionTest {

  private Replica replica;
  private Platform platform;
  private OperatorProcess leader;
  private OperatorProcess other;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(() -> 204);
    replica.serves(Long.MAX_VALUE);
    platform = Platform.withoutOperator(replica.port());
    platform.apply(pools("engine: Managed, shards: 2") + PLAN + tenant("early"));
    replica.joins(platform, "default");
    leader = operator("first");
    await("it leads", () -> holder().equals("first") && isReady("early"));
    other = operator("second");
    await("the other one waits", () -> other.said("New leader with identity: first"));
  }

  @AfterEach
  void stop() throws Exception {
    leader.close();
    other.close();
    platform.close();
    replica.close();
  }

  @Test
  void oneThatIsKilledIsFollowedInLessThanTwentySeconds() throws Exception {
    leader.kill();
    theOtherGoesOnWithin(Duration.ofSeconds(20));
  }

  @Test
  void oneThatIsStoppedGivesTheLeaseUpAndEnds() {
    leader.stop();
    await("it has ended", Duration.ofSeconds(5), () -> !leader.isRunning());
    // the lease of one that says nothing lasts longer
    theOtherGoesOnWithin(Duration.ofSeconds(8));
  }

  private void theOtherGoesOnWithin(Duration limit) {
    var before = versions();
    var began = System.nanoTime();
    platform.apply(tenant("late"));
    await("late is Ready", limit, () -> isReady("late"));
    System.out.printf("The other one went on after %.1f s%n", (System.nanoTime() - began) / 1e9);
    assertThat(holder()).isEqualTo("second");
    assertThat(versions()).as("what was done is not done again").containsAllEntriesOf(before);
    var late = platform.client().resources(Tenant.class).inNamespace(platform.namespace());
    var status = late.withName("late").get().getStatus();
    assertThat(platform.secret("late-key", "tenant-id")).isEqualTo(status.id());
    assertThat(platform.secret("late-key", "shard")).isEqualTo(status.shard());
    assertThat(platform.events("Ready").stream().map(e -> e.getRegarding().getName()))
        .containsOnlyOnce("early", "late");
  }

  private OperatorProcess operator(String instance) throws Exception {
    var log = Path.of("target/" + instance + "-operator.log");
    return new OperatorProcess(platform, replica.port(), log, instance);
  }

  private String holder() {
    var leases = platform.client().leases().inNamespace(platform.namespace());
    var holder = leases.withName("tollgate-operator").get().getSpec().getHolderIdentity();
    return holder == null ? "" : holder;
  }

  private boolean isReady(String tenant) {
    return platform.condition("Tenant", tenant, "Ready").status().equals("True");
  }

  /** Of what the operator has made, and of the tenants. */
  private Map<String, String> versions() {
    var client = platform.client();
    var namespace = platform.namespace();
    var versions = new TreeMap<String, String>();
    Stream.of(
            client.resources(Tenant.class).inNamespace(namespace).list(),
            client.secrets().inNamespace(namespace).list(),
            client.configMaps().inNamespace(namespace).list(),
            client.services().inNamespace(namespace).list(),
            client.apps().statefulSets().inNamespace(namespace).list())
        .flatMap(list -> list.getItems().stream())
        .map(HasMetadata::getMetadata)
        .forEach(meta -> versions.put(meta.getUid(), meta.getResourceVersion()));
    return versions;
  }
}
