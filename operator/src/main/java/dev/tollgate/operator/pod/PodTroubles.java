package dev.tollgate.operator.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why replicas are not ready, read from their pods: one reason for all, the pod it was found on,
 * and what to do. A replica that ends again and again keeps that reason between its ends, so that
 * the condition does not change with every restart.
 */
public final class PodTroubles {

  private static final Set<String> NO_IMAGE =
      Set.of(
          "ErrImagePull",
          "ImagePullBackOff",
          "InvalidImageName",
          "ErrImageNeverPull",
          "ImageInspectError",
          "RegistryUnavailable");
  private static final Set<String> NOT_STARTED =
      Set.of("CreateContainerConfigError", "CreateContainerError", "RunContainerError");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST = 300;

  private final Owner owner;

  /** For the pods of one resource. */
  public PodTroubles(Owner owner) {
    this.owner = owner;
  }

  /**
   * Where a person mends what is wrong.
   *
   * @param kind the resource whose pods they are
   * @param chartImage the chart's value for the image where the resource names none
   * @param account the ServiceAccount of the pods
   * @param claim the name of the volume claim template
   * @param storageClassField the field of the resource that names the storage class
   * @param sized whether the resource says in spec.resources what the pods ask for
   */
  public record Owner(
      String kind,
      String chartImage,
      String account,
      String claim,
      String storageClassField,
      boolean sized) {

    /** Of a resource that says so. */
    public Owner(
        String kind, String chartImage, String account, String claim, String storageClassField) {
      this(kind, chartImage, account, claim, storageClassField, true);
    }
  }

  /** A CamelCase reason and sentences for people. */
  public record Trouble(String reason, String sentence) {}

  /** What is wrong with the first pod of those that something is wrong with, or null. */
  public @Nullable Trouble of(Collection<Pod> pods) {
    return pods.stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null && pod.getStatus() != null)
        .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
        .flatMap(pod -> of(pod).stream())
        .findFirst()
        .orElse(null);
  }

  private Optional<Trouble> of(Pod pod) {
    return Stream.concat(
            pod.getStatus().getInitContainerStatuses().stream(),
            pod.getStatus().getContainerStatuses().stream())
        .filter(container -> !Boolean.TRUE.equals(container.getReady()))
        .flatMap(container -> container(pod, container).stream())
        .findFirst()
        .or(() -> unscheduled(pod))
        .or(() -> failed(pod));
  }

  private Optional<Trouble> container(Pod pod, ContainerStatus container) {
    var state = container.getState();
    var waiting = state == null ? null : state.getWaiting();
    var reason = waiting == null || waiting.getReason() == null ? "" : waiting.getReason();
    var said = waiting == null ? null : waiting.getMessage();
    if (NO_IMAGE.contains(reason)) {
      return Optional.of(
          new Trouble(
              reason.equals("ErrImagePull") ? "ImagePullBackOff" : reason,
              name(pod)
                  + " cannot get the image "
                  + container.getImage()
                  + detail(said)
                  + ". Correct spec.image of the "
                  + owner.kind()
                  + ", or the chart's "
                  + owner.chartImage()
                  + " where it names none; for a private registry set the chart's"
                  + " imagePullSecrets, or without those the ones of ServiceAccount "
                  + owner.account()
                  + "."));
    }
    if (NOT_STARTED.contains(reason)) {
      return Optional.of(
          new Trouble(
              reason,
              name(pod)
                  + " cannot be started"
                  + detail(said)
                  + ". See kubectl describe pod "
                  + pod.getMetadata().getName()
                  + "."));
    }
    var ended = lastEnd(container);
    return ended == null || !crashes(container, reason)
        ? Optional.empty()
        : Optional.of(crash(pod, ended));
  }

  /** One end may be a database that was late; two, or a kubelet that waits, are a habit. */
  private static boolean crashes(ContainerStatus container, String waiting) {
    return waiting.equals("CrashLoopBackOff")
        || (container.getRestartCount() != null && container.getRestartCount() > 1);
  }

  private static @Nullable ContainerStateTerminated lastEnd(ContainerStatus container) {
    ContainerState last = container.getLastState();
    var ended = last == null ? null : last.getTerminated();
    var state = container.getState();
    return ended == null && state != null ? state.getTerminated() : ended;
  }

  private Trouble crash(Pod pod, ContainerStateTerminated end) {
    var outOfMemory = "OOMKilled".equals(end.getReason());
    return new Trouble(
        "CrashLoopBackOff",
        name(pod)
            + " ends again and again, "
            + (outOfMemory ? "for want of memory" : "with exit code " + end.getExitCode())
            + detail(lastLine(end.getMessage()))
            + ". "
            + (outOfMemory && owner.sized()
                ? "Raise memoryLimit in spec.resources of the " + owner.kind() + "; see"
                : "See")
            + " kubectl logs "
            + pod.getMetadata().getName()
            + " --previous.");
  }

  private Optional<Trouble> unscheduled(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .filter(c -> "PodScheduled".equals(c.getType()) && "False".equals(c.getStatus()))
        .map(PodCondition::getMessage)
        .map(said -> said == null ? "" : said)
        .findFirst()
        .map(said ->
            said.toLowerCase(Locale.ROOT).matches("(?s).*persistent ?volume.*")
                ? new Trouble(
                    "ClaimUnbound",
                    name(pod)
                        + " waits for its volume: claim "
                        + owner.claim()
                        + "-"
                        + pod.getMetadata().getName()
                        + " is not bound"
                        + detail(said)
                        + ". Name a class of kubectl get storageclass in "
                        + owner.storageClassField()
                        + "; kubectl describe pvc tells more.")
                : new Trouble(
                    "Unschedulable",
                    name(pod)
                        + " fits on no node"
                        + detail(said)
                        + ". Add nodes"
                        + (owner.sized()
                            ? ", or ask for less in the " + owner.kind() + "'s spec.resources."
                            : ", or make room on those there are.")));
  }

  private static Optional<Trouble> failed(Pod pod) {
    var status = pod.getStatus();
    return "Failed".equals(status.getPhase())
        ? Optional.of(
            new Trouble(
                status.getReason() == null ? "PodFailed" : status.getReason(),
                name(pod)
                    + " failed"
                    + detail(status.getMessage())
                    + ". See kubectl describe pod "
                    + pod.getMetadata().getName()
                    + "."))
        : Optional.empty();
  }

  private static String name(Pod pod) {
    return "Pod " + pod.getMetadata().getName();
  }

  private static String detail(@Nullable String said) {
    if (said == null || said.isBlank()) {
      return "";
    }
    var text = said.strip().replaceAll("\\s+", " ").replaceAll("\\.+$", "");
    return ": " + (text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text);
  }

  /** The last line that a replica wrote; of a line of JSON, its message. */
  private static @Nullable String lastLine(@Nullable String log) {
    if (log == null || log.isBlank()) {
      return null;
    }
    var line = log.strip().lines().reduce((a, b) -> b).orElse("");
    if (!line.startsWith("{")) {
      return line;
    }
    try {
      var json = JSON.readTree(line);
      var message = json.path("message").asText(json.path("formattedMessage").asText());
      return message.isEmpty() ? line : message;
    } catch (JsonProcessingException e) {
      return line;
    }
  }
}
