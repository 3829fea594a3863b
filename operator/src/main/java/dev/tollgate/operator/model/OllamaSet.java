package dev.tollgate.operator.model;

import dev.tollgate.crd.model.Gpu;
import dev.tollgate.operator.pod.Image;
import dev.tollgate.operator.pod.RestrictedSecurity;
import dev.tollgate.operator.pod.Tolerations;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The StatefulSet of a server. A replica joins the Service once it holds the models that {@link
 * OllamaResources} lists, and stays while it answers: a model that is added later keeps nobody
 * waiting for the others. The list is a file of a ConfigMap, so that another one restarts nothing,
 * and a replica that comes back while the operator is away judges for itself.
 */
final class OllamaSet {

  static final int PORT = 11434;
  static final String DATA = "data";
  static final String REQUIRED = "required";
  private static final String REQUIRED_DIRECTORY = "/etc/tollgate";
  private static final String STORAGE = "20Gi";

  /** A large model may take long to end its last answer. */
  private static final long DRAIN_SECONDS = 120;

  /**
   * Asks for the list of models, one a line after a heading, each followed by spaces; a required
   * one must be among them until the replica has joined.
   */
  private static final String HOLDS_WHAT_IS_REQUIRED =
      """
      held=$(ollama list) || exit 1
      [ -e /tmp/joined ] && exit 0
      while read -r model; do
        case "$held" in *"
      $model "*) ;; *) echo "$model is not there yet"; exit 1 ;; esac
      done <%s/%s
      : >/tmp/joined
      """
          .formatted(REQUIRED_DIRECTORY, REQUIRED);

  private final OwnedByServer owned;
  private final Image image;

  /**
   * @param defaultImage Ollama's image, where the server names none
   */
  OllamaSet(OwnedByServer owned, Image defaultImage) {
    this.owned = owned;
    this.image = defaultImage.or(owned.server().getSpec().image());
  }

  Image image() {
    return image;
  }

  StatefulSet statefulSet() {
    var spec = owned.server().getSpec();
    var gpu = spec.gpu();
    return new StatefulSetBuilder()
        .withMetadata(owned.meta(owned.name()))
        .withNewSpec()
        .withReplicas(spec.replicas() == null ? 1 : spec.replicas())
        .withServiceName(owned.name())
        .withPodManagementPolicy("Parallel")
        .withNewSelector()
        .withMatchLabels(owned.replicaLabels())
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(owned.replicaLabels())
        .endMetadata()
        .withNewSpec()
        .withServiceAccountName(owned.name())
        .withAutomountServiceAccountToken(false)
        .withTerminationGracePeriodSeconds(DRAIN_SECONDS)
        .withSecurityContext(RestrictedSecurity.pod(image.user()))
        .withImagePullSecrets(image.pullSecrets())
        .withNodeSelector(spec.nodeSelector())
        .withTolerations(Tolerations.of(spec.tolerations()))
        .withPriorityClassName(spec.priorityClassName())
        .withRuntimeClassName(gpu == null ? null : gpu.runtimeClassName())
        .withContainers(ollama())
        .addNewVolume()
        .withName("tmp")
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .addNewVolume()
        .withName(REQUIRED)
        .withNewConfigMap()
        .withName(owned.name())
        .endConfigMap()
        .endVolume()
        .endSpec()
        .endTemplate()
        .withVolumeClaimTemplates(claim())
        .endSpec()
        .build();
  }

  private Container ollama() {
    return new ContainerBuilder()
        .withName("ollama")
        .withImage(image.name())
        .withImagePullPolicy(image.pullPolicy())
        .withCommand("ollama", "serve")
        .withEnv(environment())
        .addNewPort()
        .withName("http")
        .withContainerPort(PORT)
        .withProtocol("TCP")
        .endPort()
        .withNewStartupProbe()
        .withNewHttpGet()
        .withPath("/api/version")
        .withNewPort("http")
        .endHttpGet()
        .withPeriodSeconds(1)
        .withFailureThreshold(300)
        .endStartupProbe()
        .withNewReadinessProbe()
        .withNewExec()
        .withCommand("sh", "-c", HOLDS_WHAT_IS_REQUIRED)
        .endExec()
        .withPeriodSeconds(5)
        .withTimeoutSeconds(5)
        .endReadinessProbe()
        .withNewLivenessProbe()
        .withNewHttpGet()
        .withPath("/api/version")
        .withNewPort("http")
        .endHttpGet()
        .withPeriodSeconds(10)
        .withTimeoutSeconds(5)
        .withFailureThreshold(6)
        .endLivenessProbe()
        .withResources(resources())
        .withSecurityContext(RestrictedSecurity.container())
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .addNewVolumeMount()
        .withName(DATA)
        .withMountPath("/data")
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("tmp")
        .withMountPath("/tmp")
        .endVolumeMount()
        .addNewVolumeMount()
        .withName(REQUIRED)
        .withMountPath(REQUIRED_DIRECTORY)
        .withReadOnly(true)
        .endVolumeMount()
        .build();
  }

  private List<EnvVar> environment() {
    var spec = owned.server().getSpec();
    List<EnvVar> environment = new ArrayList<>();
    environment.add(variable("OLLAMA_HOST", ":" + PORT));
    environment.add(variable("OLLAMA_MODELS", "/data/models"));
    environment.add(variable("HOME", "/data"));
    environment.add(
        variable("OLLAMA_KEEP_ALIVE", spec.keepLoaded() == null ? "24h" : spec.keepLoaded()));
    if (spec.parallel() != null) {
      environment.add(variable("OLLAMA_NUM_PARALLEL", spec.parallel().toString()));
    }
    if (spec.contextTokens() != null) {
      environment.add(variable("OLLAMA_CONTEXT_LENGTH", spec.contextTokens().toString()));
    }
    return environment;
  }

  static EnvVar variable(String key, String value) {
    return new EnvVarBuilder().withName(key).withValue(value).build();
  }

  /** No limits but those asked for: what a model needs is known to who chose it. */
  private ResourceRequirements resources() {
    var own = owned.server().getSpec().resources();
    var asked = own == null ? Map.<String, String>of() : own;
    var requirements =
        new ResourceRequirementsBuilder()
            .addToRequests("cpu", new Quantity(asked.getOrDefault("cpu", "100m")))
            .addToRequests("memory", new Quantity(asked.getOrDefault("memory", "512Mi")));
    if (asked.containsKey("cpuLimit")) {
      requirements.addToLimits("cpu", new Quantity(asked.get("cpuLimit")));
    }
    if (asked.containsKey("memoryLimit")) {
      requirements.addToLimits("memory", new Quantity(asked.get("memoryLimit")));
    }
    Gpu gpu = owned.server().getSpec().gpu();
    if (gpu != null) {
      requirements.addToLimits(
          gpu.resource() == null ? "nvidia.com/gpu" : gpu.resource(),
          new Quantity(String.valueOf(gpu.count())));
    }
    return requirements.build();
  }

  private PersistentVolumeClaim claim() {
    var spec = owned.server().getSpec();
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(DATA)
        .endMetadata()
        .withNewSpec()
        .withAccessModes("ReadWriteOnce")
        .withStorageClassName(spec.storageClassName())
        .withNewResources()
        .withRequests(
            Map.of("storage", new Quantity(spec.storage() == null ? STORAGE : spec.storage())))
        .endResources()
        .endSpec()
        .build();
  }
}
