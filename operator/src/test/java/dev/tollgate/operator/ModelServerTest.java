package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the operator applies for a model server, and keeps as it is. */
@NullUnmarked
class ModelServerTest {

  @RegisterExtension final LlmServer llm = new LlmServer();

  @Test
  void replicasRunAsTheSpecSays() {
    llm.create(
        """
        models: [{name: gemma}]
        replicas: 2
        storage: 5Gi
        resources: {cpu: 300m, memoryLimit: 2Gi}
        gpu: {count: 2, runtimeClassName: nvidia}
        nodeSelector: {pool: gpu}
        tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
        parallel: 4
        contextTokens: 8192
        keepLoaded: 1h
        """);
    var spec = llm.set().getSpec();
    assertThat(spec.getReplicas()).isEqualTo(2);
    assertThat(spec.getPodManagementPolicy()).isEqualTo("Parallel");
    var pod = spec.getTemplate().getSpec();
    assertThat(pod.getNodeSelector()).containsEntry("pool", "gpu");
    assertThat(pod.getTolerations()).extracting(t -> t.getKey()).contains("gpu");
    assertThat(pod.getRuntimeClassName()).isEqualTo("nvidia");
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    var container = llm.container();
    assertThat(container.getImage()).isEqualTo("ollama:test");
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getResources().getLimits())
        .containsEntry("nvidia.com/gpu", new Quantity("2"))
        .containsEntry("memory", new Quantity("2Gi"));
    assertThat(container.getEnv())
        .extracting(v -> v.getName() + "=" + v.getValue())
        .contains(
            "OLLAMA_NUM_PARALLEL=4",
            "OLLAMA_CONTEXT_LENGTH=8192",
            "OLLAMA_KEEP_ALIVE=1h",
            "OLLAMA_MODELS=/data/models");
    assertThat(spec.getVolumeClaimTemplates().getFirst().getSpec().getResources().getRequests())
        .containsEntry("storage", new Quantity("5Gi"));
  }

  @Test
  void onlyGatewaysAndTheOperatorMayCallIt() {
    llm.apply("models: [{name: gemma}]");
    await("the policy exists", () -> policy() != null);
    assertThat(policy().getSpec().getIngress().getFirst().getFrom())
        .extracting(peer -> peer.getPodSelector().getMatchLabels().get("app.kubernetes.io/name"))
        .containsExactly("tollgate-gateway", "tollgate-model-files", "tollgate");
    llm.client().network().v1().networkPolicies().withName("llm-models").delete();
    await("it is back", () -> policy() != null);
  }

  @Test
  void whatIsEditedByHandIsRepaired() {
    llm.create("models: [{name: gemma}]");
    llm.client().apps().statefulSets().withName("llm-models").scale(5);
    await("one replica again", () -> llm.set().getSpec().getReplicas() == 1);
  }

  @Test
  void anImageThatIsNotThereIsToldInWords() {
    llm.create("models: [{name: gemma}]\nimage: no/such:image");
    llm.platform()
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: llm-models-0
              labels: {tollgate.dev/model-server: llm, app.kubernetes.io/name: tollgate-models}
            spec: {containers: [{name: ollama, image: "no/such:image"}]}
            """);
    llm.platform()
        .status(
            Pod.class,
            "llm-models-0",
            """
            phase: Pending
            containerStatuses:
            - {name: ollama, image: "no/such:image", imageID: "", ready: false, restartCount: 0,
               state: {waiting: {reason: ImagePullBackOff, message: not found}}}
            """);
    await("it is told", () -> "ImagePullBackOff".equals(llm.reason("Programmed")));
    assertThat(llm.message("Programmed")).contains("ModelServer", "image.ollama", "no/such:image");
  }

  @Test
  void aRefusedSpecMakesNothing() {
    llm.apply("models: [{name: gemma, from: {url: 'https://me:secret@files.example/g.gguf'}}]");
    await("it is refused", () -> "CredentialsInUrl".equals(llm.reason("Accepted")));
    assertThat(llm.set()).isNull();
    assertThat(llm.client().services().withName("llm-models").get()).isNull();
  }

  @Test
  void aReplicaThatFitsNowhereIsNotSaidToRun() {
    llm.create("models: [{name: gemma}]");
    llm.platform()
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: llm-models-0
              labels: {tollgate.dev/model-server: llm, app.kubernetes.io/name: tollgate-models}
            spec: {containers: [{name: ollama, image: "ollama:test"}]}
            """);
    llm.platform()
        .status(
            Pod.class,
            "llm-models-0",
            """
            phase: Pending
            conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: full}]
            """);
    llm.platform()
        .status(
            StatefulSet.class,
            "llm-models",
            "observedGeneration: 1\nreplicas: 1\nupdatedReplicas: 1");
    await("it is told", () -> "Unschedulable".equals(llm.reason("Programmed")));
    assertThat(llm.message("Programmed"))
        .contains("Pod llm-models-0 fits on no node")
        .doesNotContain("run as the spec says");
  }

  private NetworkPolicy policy() {
    return llm.client().network().v1().networkPolicies().withName("llm-models").get();
  }
}
