package dev.tollgate.operator.model;

import dev.tollgate.operator.Apply;
import dev.tollgate.operator.pod.RestrictedSecurity;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Brings files of a server's volume to its replicas. A Job runs beside the volume with the
 * replicas' own image and hands the file to one replica; one at a time, since a volume may be bound
 * to one node. A failed one is kept for {@value #FORGET_SECONDS} s with its reason and then made
 * anew.
 */
final class FileJobs {

  private static final int FORGET_SECONDS = 120;
  private static final int RETRIES = 2;

  /** Exit code of the script where another try would find the same. */
  private static final int WRONG_FILE = 42;

  private static final long LONGEST_SECONDS = 3600;
  private static final int LONGEST_MESSAGE = 300;

  /** What it says last becomes the container's termination message. */
  private static final String LOAD =
      """
      fail() { echo "$1" >&2; exit "${2:-1}"; }
      [ -r "$FILE" ] || fail "$FILE is not there, or not to be read" 42
      if [ -n "$SHA256" ]; then
        echo "$SHA256  $FILE" | sha256sum -c --status - || fail "digest mismatch of $FILE" 42
      fi
      printf 'FROM %s\\n' "$FILE" >/tmp/Modelfile
      said=$(ollama create "$MODEL" -f /tmp/Modelfile 2>&1) || fail "$(echo "$said" | tail -n 1)"
      """;

  private final KubernetesClient client;
  private final OwnedByServer owned;
  private final OllamaSet set;
  private final Collection<Job> jobs;
  private boolean begun;

  /**
   * @param jobs those of the server that there are
   */
  FileJobs(KubernetesClient client, OwnedByServer owned, OllamaSet set, Collection<Job> jobs) {
    this.client = client;
    this.owned = owned;
    this.set = set;
    this.jobs = jobs;
  }

  /** Whether one is under way. */
  boolean busy() {
    return begun || jobs.stream().anyMatch(job -> !succeeded(job) && !failed(job));
  }

  @Nullable Job of(Loads.Key key) {
    return jobs.stream()
        .filter(job -> job.getMetadata().getName().equals(name(key)))
        .findFirst()
        .orElse(null);
  }

  static boolean succeeded(Job job) {
    return job.getStatus() != null
        && job.getStatus().getSucceeded() != null
        && job.getStatus().getSucceeded() > 0;
  }

  static boolean failed(Job job) {
    return job.getStatus() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Failed") && c.getStatus().equals("True"));
  }

  /** The last thing that a pod of the job said before it failed, or null. */
  static @Nullable String said(Job job, Collection<Pod> pods) {
    return pods.stream()
        .filter(pod ->
            pod.getMetadata().getOwnerReferences().stream()
                .anyMatch(o -> Objects.equals(o.getUid(), job.getMetadata().getUid())))
        .filter(pod -> pod.getStatus() != null)
        .sorted(
            Comparator.comparing((Pod pod) -> pod.getMetadata().getCreationTimestamp()).reversed())
        .flatMap(pod -> pod.getStatus().getContainerStatuses().stream())
        .flatMap(c -> Optional.ofNullable(c.getState().getTerminated()).stream())
        .map(ContainerStateTerminated::getMessage)
        .filter(Objects::nonNull)
        .map(FileJobs::plain)
        .findFirst()
        .orElse(null);
  }

  /** Without what moves a terminal's cursor. */
  private static String plain(String message) {
    var text = message.replaceAll("\\u001b\\[[0-9;?]*[A-Za-z]", "").replaceAll("\\s+", " ").strip();
    return text.length() > LONGEST_MESSAGE ? text.substring(0, LONGEST_MESSAGE) + "…" : text;
  }

  void remove(Job job) {
    client.resource(job).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
  }

  /**
   * Begins one.
   *
   * @param address of the replica, such as 10.0.0.7:11434
   */
  void begin(Loads.Key key, ModelSource.VolumeFile file, String address) {
    Apply.apply(client, job(key, file, address));
    begun = true;
  }

  private Job job(Loads.Key key, ModelSource.VolumeFile file, String address) {
    var volume = Objects.requireNonNull(owned.server().getSpec().volume());
    return new JobBuilder()
        .withMetadata(owned.meta(name(key)))
        .withNewSpec()
        .withBackoffLimit(RETRIES)
        .withNewPodFailurePolicy()
        .addNewRule()
        .withAction("FailJob")
        .withNewOnExitCodes()
        .withContainerName("load")
        .withOperator("In")
        .withValues(WRONG_FILE)
        .endOnExitCodes()
        .endRule()
        .endPodFailurePolicy()
        .withActiveDeadlineSeconds(LONGEST_SECONDS)
        .withTtlSecondsAfterFinished(FORGET_SECONDS)
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(owned.loaderLabels())
        .endMetadata()
        .withNewSpec()
        .withServiceAccountName(owned.name())
        .withAutomountServiceAccountToken(false)
        .withRestartPolicy("Never")
        .withSecurityContext(RestrictedSecurity.pod(set.image().user()))
        .withImagePullSecrets(set.image().pullSecrets())
        .addNewContainer()
        .withName("load")
        .withImage(set.image().name())
        .withImagePullPolicy(set.image().pullPolicy())
        .withCommand("sh", "-c", LOAD)
        .withEnv(
            OllamaSet.variable("OLLAMA_HOST", address),
            OllamaSet.variable("HOME", "/tmp"),
            OllamaSet.variable("MODEL", key.model()),
            OllamaSet.variable("FILE", file.path()),
            OllamaSet.variable("SHA256", file.sha256() == null ? "" : file.sha256()))
        .withSecurityContext(RestrictedSecurity.container())
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .addNewVolumeMount()
        .withName("files")
        .withMountPath("/models")
        .withReadOnly(true)
        .endVolumeMount()
        .addNewVolumeMount()
        .withName("tmp")
        .withMountPath("/tmp")
        .endVolumeMount()
        .endContainer()
        .addNewVolume()
        .withName("files")
        .withNewPersistentVolumeClaim()
        .withClaimName(volume.claimName())
        .withReadOnly(true)
        .endPersistentVolumeClaim()
        .endVolume()
        .addNewVolume()
        .withName("tmp")
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }

  /** The same for the same replica, model, source and image; Job templates cannot be changed. */
  private String name(Loads.Key key) {
    var all = key.pod() + "\n" + key.model() + "\n" + key.source() + "\n" + set.image().name();
    var id = UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8)).toString();
    return owned.name() + "-" + id.substring(0, 8);
  }
}
