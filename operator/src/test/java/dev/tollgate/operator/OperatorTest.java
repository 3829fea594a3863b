package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Manifests.tenant;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullUnmarked
class OperatorTest {

  private Platform platform;
  private KubernetesClient client;
  private String namespace = "";

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
    client = platform.client();
    namespace = platform.namespace();
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  @Test
  void aTenantGetsAnIdentityAShardAndAKeyInASecret() {
    platform.apply(POOLS + PLAN + tenant("acme"));
    await("acme has an id", () -> status("acme") != null && status("acme").keyHash() != null);
    var status = status("acme");
    assertThat(status.id()).matches("t[a-z2-7]{20}");
    assertThat(status.shard()).isEqualTo("default-0");
    var secret = client.secrets().inNamespace(namespace).withName("acme-key").get();
    assertThat(secret.getData()).containsKeys("api-key", "tenant-id", "shard");
    assertThat(status.keyHash()).matches("[0-9a-f]{64}");
  }

  @Test
  void withoutReplicasProgrammedSaysSo() {
    platform.apply(POOLS + PLAN + tenant("acme"));
    await("a reason is given", () -> "NoReplicas".equals(reason("acme", "Programmed")));
    assertThat(message("acme", "Ready")).contains("No replica of GatewayPool default is ready");
  }

  @Test
  void aMissingPlanIsToldInWords() {
    platform.apply(POOLS + tenant("acme").replace("basic", "gold"));
    await("the reference is refused", () -> "False".equals(state("acme", "ResolvedRefs")));
    assertThat(message("acme", "ResolvedRefs")).contains("gold");
    platform.apply(PLAN.replace("basic", "gold"));
    await("the plan is found", () -> "True".equals(state("acme", "ResolvedRefs")));
  }

  @Test
  void aLostStatusIsRebuiltWithTheSameIdentity() {
    platform.apply(POOLS + PLAN + tenant("acme"));
    await("acme has an id", () -> status("acme") != null && status("acme").keyHash() != null);
    var before = status("acme");
    var bare = client.resources(Tenant.class).inNamespace(namespace).withName("acme").get();
    bare.setStatus(null);
    client.resource(bare).inNamespace(namespace).updateStatus();
    platform.restartOperator();
    await("the id is back", () -> status("acme") != null && status("acme").id() != null);
    assertThat(status("acme").id()).isEqualTo(before.id());
    assertThat(status("acme").shard()).isEqualTo(before.shard());
    assertThat(status("acme").keyHash()).isEqualTo(before.keyHash());
  }

  @Test
  void aNewTenantUnderAKeptNameWaitsUntilItSaysWhoseDataItTakes() {
    platform.apply(POOLS + PLAN + tenant("acme"));
    await("acme has an id", () -> status("acme") != null && status("acme").keyHash() != null);
    var before = status("acme");
    var acme = client.resources(Tenant.class).inNamespace(namespace).withName("acme");
    acme.delete();
    await("acme is gone", () -> acme.get() == null);
    platform.apply(tenant("acme"));
    await("the name is kept", () -> "NameRetained".equals(reason("acme", "Accepted")));
    assertThat(message("acme", "Accepted")).contains("tollgate.dev/adopt: " + before.id());
    // what the garbage collector does in a whole cluster
    client.secrets().inNamespace(namespace).withName("acme-key").delete();
    acme.edit(t -> {
      t.getMetadata().setAnnotations(java.util.Map.of("tollgate.dev/adopt", before.id()));
      return t;
    });
    await("the data is taken over", () -> before.id().equals(status("acme").id()));
    assertThat(status("acme").shard()).isEqualTo(before.shard());
    await("with a new key", () -> !before.keyHash().equals(status("acme").keyHash()));
  }

  @Test
  void aStatusEditedByHandIsRepaired() {
    platform.apply(POOLS + PLAN + tenant("acme"));
    await("a reason is given", () -> "NoReplicas".equals(reason("acme", "Programmed")));
    var before = status("acme");
    var edited = client.resources(Tenant.class).inNamespace(namespace).withName("acme").get();
    edited.setStatus(
        new TenantStatus(
            before.observedGeneration(),
            "tother",
            "default-7",
            before.keySecret(),
            before.keyHash(),
            before.quota(),
            before.conditions()));
    client.resource(edited).inNamespace(namespace).updateStatus();
    await(
        "it is as it was",
        () ->
            before.id().equals(status("acme").id()) && "default-0".equals(status("acme").shard()));
  }

  @Test
  void theStatusOfAPlanEditedByHandIsRepaired() {
    platform.apply(PLAN);
    await("it is judged", () -> plan().getStatus() != null);
    var before = plan().getStatus();
    var edited = plan();
    edited.setStatus(null);
    client.resource(edited).inNamespace(namespace).updateStatus();
    await(
        "it is as it was",
        () -> plan().getStatus() != null && plan().getStatus().conditions().size() == 2);
    assertThat(plan().getStatus().observedGeneration()).isEqualTo(before.observedGeneration());
  }

  private Plan plan() {
    return client.resources(Plan.class).inNamespace(namespace).withName("basic").get();
  }

  @Test
  void anEditMadeByHandIsRepaired() {
    platform.apply(POOLS);
    var sets = client.apps().statefulSets().inNamespace(namespace).withName("default-gateway");
    await("the replicas exist", () -> sets.get() != null);
    sets.edit(s -> {
      s.getSpec().getTemplate().getSpec().getContainers().getFirst().setImage("evil:1");
      return s;
    });
    await(
        "the image is back",
        () ->
            sets.get()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getImage()
                .equals("tollgate/runtime:test"));
  }

  @Test
  void nothingIsWrittenWhenNothingChanges() throws InterruptedException {
    platform.apply(POOLS + PLAN + tenant("acme"));
    await("acme is judged", () -> "NoReplicas".equals(reason("acme", "Programmed")));
    Thread.sleep(2000);
    var before = version();
    Thread.sleep(4000);
    assertThat(version()).isEqualTo(before);
  }

  @Test
  void aDeletedTenantLeavesNothingHanging() {
    platform.apply(POOLS + PLAN + tenant("acme"));
    await("acme has an id", () -> status("acme") != null && status("acme").keyHash() != null);
    client.resources(Plan.class).inNamespace(namespace).withName("basic").delete();
    client.resources(GatewayPool.class).inNamespace(namespace).withName("default").delete();
    client.resources(Tenant.class).inNamespace(namespace).withName("acme").delete();
    await(
        "acme is gone",
        () -> client.resources(Tenant.class).inNamespace(namespace).withName("acme").get() == null);
  }

  private dev.tollgate.crd.tenant.@Nullable TenantStatus status(String name) {
    return client.resources(Tenant.class).inNamespace(namespace).withName(name).get().getStatus();
  }

  private String state(String name, String type) {
    return platform.condition("Tenant", name, type).status();
  }

  private String reason(String name, String type) {
    return platform.condition("Tenant", name, type).reason();
  }

  private String message(String name, String type) {
    return platform.condition("Tenant", name, type).message();
  }

  /** The newest resource version of the namespace: any write makes it another. */
  private String version() {
    var newest = 0L;
    for (var r : client.resources(Tenant.class).inNamespace(namespace).list().getItems()) {
      newest = Math.max(newest, Long.parseLong(r.getMetadata().getResourceVersion()));
    }
    for (var r : client.resources(GatewayPool.class).inNamespace(namespace).list().getItems()) {
      newest = Math.max(newest, Long.parseLong(r.getMetadata().getResourceVersion()));
    }
    for (var r : client.apps().statefulSets().inNamespace(namespace).list().getItems()) {
      newest = Math.max(newest, Long.parseLong(r.getMetadata().getResourceVersion()));
    }
    for (var r : client.secrets().inNamespace(namespace).list().getItems()) {
      newest = Math.max(newest, Long.parseLong(r.getMetadata().getResourceVersion()));
    }
    return Long.toString(newest);
  }
}
