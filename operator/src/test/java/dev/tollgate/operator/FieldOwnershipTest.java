package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What GitOps tools compare: who owns which field, and that nothing drifts by itself. */
@NullUnmarked
class FieldOwnershipTest {

  private static final List<String> KINDS = List.of("ShardPool", "GatewayPool", "Plan", "Tenant");
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
    platform.apply(RESOURCES);
    await("acme has a key", () -> platform.secret("acme-key") != null);
    await("globex has a key", () -> platform.secret("globex-key") != null);
    await("every kind has a status", () -> custom().allMatch(r -> operatorOwns(r, "status")));
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  @Test
  void ofWhatPeopleApplyTheOperatorOwnsTheStatusAndAFinalizerAlone() {
    for (var resource : custom().toList()) {
      for (var entry : resource.getMetadata().getManagedFields()) {
        var applied = "Apply".equals(entry.getOperation()) && entry.getSubresource() == null;
        if (!applied && !"status".equals(entry.getSubresource())) {
          assertThat(resource.getMetadata().getFinalizers()).as(entry.toString()).isNotEmpty();
          assertThat(fields(entry)).as(entry.toString()).isEqualTo("f:metadata");
        }
        if ("tollgate".equals(entry.getManager())) {
          assertThat(entry.getSubresource()).as(entry.toString()).isEqualTo("status");
        }
      }
    }
  }

  @Test
  void whatTheOperatorMakesHasNoOtherOwner() {
    made()
        .forEach(resource ->
            assertThat(resource.getMetadata().getManagedFields())
                .as(resource.getKind() + " " + resource.getMetadata().getName())
                .extracting(ManagedFieldsEntry::getManager)
                .containsOnly("tollgate"));
  }

  @Test
  void amountsWrittenInAnUnusualWayDoNotDrift() throws InterruptedException {
    Thread.sleep(2000);
    var before = versions();
    platform.restartOperator();
    Thread.sleep(4000);
    assertThat(versions()).isEqualTo(before);
  }

  @Test
  void aKeyThatIsDeletedByHandComesBackForTheSameTenant() {
    var id = platform.secret("acme-key", "tenant-id");
    var key = platform.secret("acme-key", "api-key");
    platform.client().secrets().inNamespace(platform.namespace()).withName("acme-key").delete();
    await("it is back", () -> platform.secret("acme-key") != null);
    assertThat(platform.secret("acme-key", "tenant-id")).isEqualTo(id);
    assertThat(platform.secret("acme-key", "api-key")).isNotEqualTo(key);
  }

  @Test
  void aStatusEditedByHandIsRepairedAndThenStays() throws InterruptedException {
    Thread.sleep(2000);
    for (var resource : custom().toList()) {
      platform
          .client()
          .resource(resource)
          .editStatus(r -> {
            r.<Map<String, Object>>get("status").put("observedGeneration", 77);
            return r;
          });
    }
    await("all are as they were", () -> custom().allMatch(FieldOwnershipTest::isObserved));
    Thread.sleep(2000);
    var before = versions();
    Thread.sleep(4000);
    assertThat(versions()).isEqualTo(before);
  }

  private static boolean isObserved(GenericKubernetesResource resource) {
    Number observed = resource.get("status", "observedGeneration");
    return observed.longValue() == resource.getMetadata().getGeneration();
  }

  private Stream<GenericKubernetesResource> custom() {
    return KINDS.stream()
        .flatMap(kind ->
            platform
                .client()
                .genericKubernetesResources("tollgate.dev/v1alpha1", kind)
                .inNamespace(platform.namespace())
                .list()
                .getItems()
                .stream());
  }

  private Stream<? extends HasMetadata> made() {
    KubernetesClient client = platform.client();
    var namespace = platform.namespace();
    return Stream.of(
            client.apps().statefulSets().inNamespace(namespace).list(),
            client.services().inNamespace(namespace).list(),
            client.network().v1().networkPolicies().inNamespace(namespace).list(),
            client.policy().v1().podDisruptionBudget().inNamespace(namespace).list(),
            client
                .serviceAccounts()
                .inNamespace(namespace)
                .withLabel("app.kubernetes.io/managed-by", "tollgate")
                .list())
        .flatMap(list -> list.getItems().stream());
  }

  private static boolean operatorOwns(HasMetadata resource, String subresource) {
    return resource.getMetadata().getManagedFields().stream()
        .anyMatch(entry -> subresource.equals(entry.getSubresource()));
  }

  private static String fields(ManagedFieldsEntry entry) {
    return String.join(",", entry.getFieldsV1().getAdditionalProperties().keySet());
  }

  private Map<String, String> versions() {
    var versions = new TreeMap<String, String>();
    Stream.concat(custom(), made())
        .forEach(r ->
            versions.put(
                r.getKind() + "/" + r.getMetadata().getName(),
                r.getMetadata().getResourceVersion()));
    return versions;
  }

  private static final String RESOURCES =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Managed, shards: 1, storage: 1.5Gi}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: default}
      spec:
        replicas: {min: 1}
        resources: {cpu: "0.25", memory: 0.5Gi, memoryLimit: 1024Mi}
        usageLog: {storage: 2048Mi}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: basic}
      spec:
        meters: [{name: requests, included: 1000, overage: {mode: Block}}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: acme}
      spec: {plan: basic}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: globex}
      spec: {plan: basic, reclaim: Delete}
      """;
}
