package dev.tollgate.operator.gateway;

import dev.tollgate.operator.Apply;
import dev.tollgate.operator.InTheWay;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.pod.Tolerations;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The usage logs of replicas that were scaled away. Each claim without a replica gets a Job that
 * ships what its log still holds and then the annotation {@value #DRAINED}. A log has one writer: a
 * Job begins when the replica's pod is gone, and is deleted when the replica comes back. Draining
 * twice counts nothing twice, for what is shipped is known by log and offset.
 */
final class LeftBehind {

  /** On a claim whose log is empty: when that was found, in RFC 3339. */
  static final String DRAINED = "tollgate.dev/drained";

  private static final int RETRIES = 6;
  private static final int KEEP_SECONDS = 600;

  private final KubernetesClient client;
  private final Clock clock;
  private final Owned owned;
  private final Replica replica;

  LeftBehind(KubernetesClient client, Clock clock, Owned owned, Replica replica) {
    this.client = client;
    this.clock = clock;
    this.owned = owned;
    this.replica = replica;
  }

  /**
   * Takes the next step for every claim.
   *
   * @param replicas how many there are to be
   * @param pods names of the pods there are
   * @return how far it is, or null when no log was left behind
   */
  @Nullable Wanted settle(
      int replicas,
      Collection<PersistentVolumeClaim> claims,
      Set<String> pods,
      Collection<Job> jobs) {
    Map<String, Job> byName =
        jobs.stream()
            .collect(Collectors.toMap(j -> j.getMetadata().getName(), Function.identity()));
    var drained = new TreeSet<Integer>();
    var waiting = new TreeSet<Integer>();
    var failed = new TreeSet<Integer>();
    var taken = new TreeSet<Integer>();
    for (var entry : byOrdinal(claims).entrySet()) {
      int ordinal = entry.getKey();
      var claim = entry.getValue();
      var job = byName.get(jobName(ordinal));
      if (ordinal < replicas || pods.contains(owned.name() + "-" + ordinal)) {
        comeBack(claim, job);
        if (ordinal >= replicas) {
          waiting.add(ordinal);
        }
      } else if (isDrained(claim)) {
        drained.add(ordinal);
      } else if (job == null) {
        var desired = job(ordinal, claim);
        if (InTheWay.of(client, owned.pool(), desired) == null) {
          Apply.apply(client, desired);
          waiting.add(ordinal);
        } else {
          taken.add(ordinal);
        }
      } else if (is(job, "Complete")) {
        annotate(
            claim, Map.of(DRAINED, clock.instant().truncatedTo(ChronoUnit.SECONDS).toString()));
        drained.add(ordinal);
      } else {
        (is(job, "Failed") ? failed : waiting).add(ordinal);
      }
    }
    return taken.isEmpty() ? tell(drained, waiting, failed) : taken(taken);
  }

  private Wanted taken(SortedSet<Integer> taken) {
    return Wanted.no(
        "Drained",
        InTheWay.NAME_TAKEN,
        "The usage log of each former replica ("
            + listed(taken)
            + ") waits: Job "
            + jobName(taken.getFirst())
            + ", which would drain it, is there already and was not made for this GatewayPool;"
            + " delete it. Nothing is lost while the claim "
            + claimName(taken.getFirst())
            + " is kept.");
  }

  /** Whether a Job is in the way; nobody tells when it is gone. */
  static boolean waitsForName(@Nullable Wanted left) {
    return left != null && left.reason().equals(InTheWay.NAME_TAKEN);
  }

  private @Nullable Wanted tell(
      SortedSet<Integer> drained, SortedSet<Integer> waiting, SortedSet<Integer> failed) {
    if (!failed.isEmpty()) {
      return Wanted.no(
          "Drained",
          "DrainFailed",
          "The usage log of each former replica ("
              + listed(failed)
              + ") could not be drained; kubectl logs job/"
              + jobName(failed.getFirst())
              + " tells why. Nothing is lost while the claim "
              + claimName(failed.getFirst())
              + " is kept; another try begins "
              + KEEP_SECONDS / 60
              + " minutes after the last, or when you delete the Job.");
    }
    if (!waiting.isEmpty()) {
      return Wanted.no(
          "Drained",
          "Pending",
          "The usage log of each former replica (" + listed(waiting) + ") is being drained.");
    }
    return drained.isEmpty()
        ? null
        : Wanted.yes(
            "Drained",
            "Drained",
            "The usage log of each former replica ("
                + listed(drained)
                + ") is drained; its claim can be deleted.");
  }

  private static String listed(SortedSet<Integer> ordinals) {
    return ordinals.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /** Bound claims of this pool's replicas: one that was never bound has no log. */
  private SortedMap<Integer, PersistentVolumeClaim> byOrdinal(
      Collection<PersistentVolumeClaim> claims) {
    var byOrdinal = new TreeMap<Integer, PersistentVolumeClaim>();
    var prefix = claimName("");
    for (var claim : claims) {
      var meta = claim.getMetadata();
      var bound = claim.getStatus() != null && "Bound".equals(claim.getStatus().getPhase());
      if (bound && meta.getDeletionTimestamp() == null && meta.getName().startsWith(prefix)) {
        var ordinal = meta.getName().substring(prefix.length());
        if (ordinal.matches("[0-9]{1,6}")) {
          byOrdinal.put(Integer.parseInt(ordinal), claim);
        }
      }
    }
    return byOrdinal;
  }

  private String claimName(Object ordinal) {
    return Replica.DATA + "-" + owned.name() + "-" + ordinal;
  }

  private String jobName(int ordinal) {
    return owned.poolName() + "-drain-" + ordinal;
  }

  /**
   * The replica writes the log again. A finished Job goes too: left there, it would speak for what
   * the replica writes from now on.
   */
  private void comeBack(PersistentVolumeClaim claim, @Nullable Job job) {
    if (job != null && job.getMetadata().getDeletionTimestamp() == null) {
      client.resource(job).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
    }
    if (isDrained(claim)) {
      annotate(claim, Map.of());
    }
  }

  private static boolean isDrained(PersistentVolumeClaim claim) {
    var annotations = claim.getMetadata().getAnnotations();
    return annotations != null && annotations.containsKey(DRAINED);
  }

  private static boolean is(Job job, String condition) {
    return job.getStatus() != null
        && job.getMetadata().getDeletionTimestamp() == null
        && job.getStatus().getConditions().stream()
            .anyMatch(c -> condition.equals(c.getType()) && "True".equals(c.getStatus()));
  }

  private void annotate(PersistentVolumeClaim claim, Map<String, String> annotations) {
    Apply.apply(
        client,
        new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withName(claim.getMetadata().getName())
            .withNamespace(claim.getMetadata().getNamespace())
            .withAnnotations(annotations)
            .endMetadata()
            .build());
  }

  /** Its pod has none of the pool's labels: it takes no requests and is nobody's replica. */
  private Job job(int ordinal, PersistentVolumeClaim claim) {
    return new JobBuilder()
        .withMetadata(owned.meta(jobName(ordinal)))
        .withNewSpec()
        .withBackoffLimit(RETRIES)
        .withTtlSecondsAfterFinished(KEEP_SECONDS)
        .withNewTemplate()
        .withNewMetadata()
        .addToLabels("app.kubernetes.io/name", "tollgate-drain")
        .addToLabels("tollgate.dev/drains", owned.poolName())
        .endMetadata()
        .withNewSpec()
        .withRestartPolicy("Never")
        .withServiceAccountName(owned.name())
        .withNodeSelector(owned.pool().getSpec().nodeSelector())
        .withTolerations(Tolerations.of(owned.pool().getSpec().tolerations()))
        .withPriorityClassName(owned.pool().getSpec().priorityClassName())
        .withSecurityContext(replica.podSecurity())
        .withImagePullSecrets(replica.image().pullSecrets())
        .withContainers(replica.container("drain", "drain").build())
        .withVolumes(replica.sharedVolumes())
        .addToVolumes(
            new VolumeBuilder()
                .withName(Replica.DATA)
                .withNewPersistentVolumeClaim(claim.getMetadata().getName(), false)
                .build())
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }
}
