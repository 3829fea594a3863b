package dev.tollgate.operator.model;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.model.ModelServerSpec;
import dev.tollgate.crd.model.ModelServerStatus;
import dev.tollgate.operator.Apply;
import dev.tollgate.operator.InTheWay;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.StatusUpdate;
import dev.tollgate.operator.pod.Image;
import dev.tollgate.operator.pod.PodTroubles;
import dev.tollgate.operator.pod.PodTroubles.Trouble;
import dev.tollgate.operator.pod.Quantities;
import dev.tollgate.operator.resolution.Resolution;
import dev.tollgate.operator.resolution.Surroundings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs the replicas of a model server, brings them their models and tells how far each is. */
@RateLimited(maxReconciliations = 2, within = 1)
@ControllerConfiguration(name = "modelserver")
public final class ModelServerReconciler implements Reconciler<ModelServer>, AutoCloseable {

  private static final String KIND = "ModelServer";

  /** While something is on its way. */
  private static final Duration SOON = Duration.ofSeconds(2);

  /** Else: somebody may have removed a model from a replica. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(OllamaApi.ANSWER)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final Loads loads = new Loads(Clock.systemUTC());
  private final Surroundings around;
  private final StatusUpdate<ModelServer, ModelServerStatus> update;
  private final Image image;
  private @Nullable ServerWatches watches;

  /**
   * @param image Ollama's image, where the server names none
   */
  public ModelServerReconciler(Surroundings around, Image image) {
    this.around = around;
    this.image = image;
    this.update = new StatusUpdate<>(ModelServer::new, around.conditions(), around.events());
  }

  @Override
  public List<EventSource<?, ModelServer>> prepareEventSources(
      EventSourceContext<ModelServer> context) {
    var following = new ServerWatches(context);
    watches = following;
    around.resolution().onChange(following::wakeAll);
    return following.all();
  }

  @Override
  public UpdateControl<ModelServer> reconcile(ModelServer server, Context<ModelServer> context) {
    if (!around.resolution().knows(server)) {
      return UpdateControl.<ModelServer>noUpdate().rescheduleAfter(Resolution.SOON);
    }
    var owned = new OwnedByServer(server);
    var following = Objects.requireNonNull(watches, "event sources come before the first server");
    List<Finding> findings =
        new ArrayList<>(around.resolution().findings(KIND, owned.serverName()));
    findings.addAll(quantities(owned));
    findings.addAll(missingVolume(owned));
    loads.forgetIf(key -> !following.exists(key.server()));
    var pods = following.pods(owned, owned.replicaLabels());
    var states = new ModelStates(List.of(), 0, Map.of());
    if (valid(findings)) {
      states = bring(owned, pods, context.getSecondaryResources(Job.class));
      findings.addAll(apply(owned, states, context));
    }
    var set = context.getSecondaryResource(StatefulSet.class).orElse(null);
    var trouble = new PodTroubles(troubled(owned)).of(pods);
    var programmed = programmed(owned, set, trouble, findings);
    var ready = ready(owned, set, trouble, states, findings);
    var conditions =
        List.of(
            Wanted.of("Accepted", "Accepted", "The server is valid.", findings),
            Wanted.of("ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings),
            programmed,
            ready);
    var models = states.all();
    var status =
        new ModelServerStatus(
            server.getMetadata().getGeneration(),
            replicas(owned),
            answering(set),
            states.ready() + "/" + models.size(),
            owned.name() + "." + owned.namespace() + ".svc:" + OllamaSet.PORT,
            models,
            update.conditions(server, conditions));
    return update.to(server, status).rescheduleAfter(ready.isTrue() ? AGAIN : SOON);
  }

  private static boolean valid(List<Finding> findings) {
    return findings.stream().noneMatch(f -> f.condition().equals("Accepted"));
  }

  private static int replicas(OwnedByServer owned) {
    var spec = owned.server().getSpec();
    return spec == null || spec.replicas() == null ? 1 : spec.replicas();
  }

  private static int answering(@Nullable StatefulSet set) {
    var status = set == null ? null : set.getStatus();
    return status == null || status.getReadyReplicas() == null ? 0 : status.getReadyReplicas();
  }

  private static List<Finding> quantities(OwnedByServer owned) {
    var spec = owned.server().getSpec();
    return spec == null
        ? List.of()
        : Quantities.check(
            KIND,
            owned.serverName(),
            spec.resources(),
            spec.storage() == null ? Map.of() : Map.of("spec.storage", spec.storage()));
  }

  private List<Finding> missingVolume(OwnedByServer owned) {
    ModelServerSpec spec = owned.server().getSpec();
    var volume = spec == null ? null : spec.volume();
    if (volume == null) {
      return List.of();
    }
    var claim =
        around
            .client()
            .persistentVolumeClaims()
            .inNamespace(owned.namespace())
            .withName(volume.claimName())
            .get();
    return claim != null
        ? List.of()
        : List.of(
            new Finding(
                KIND,
                owned.serverName(),
                "ResolvedRefs",
                "ClaimNotFound",
                "PersistentVolumeClaim "
                    + volume.claimName()
                    + " is not there; create it or name another",
                "spec.volume.claimName"));
  }

  private ModelStates bring(OwnedByServer owned, List<Pod> pods, Collection<Job> jobs) {
    var following = Objects.requireNonNull(watches);
    var models = owned.server().getSpec().models();
    var bringing =
        new Bringing(
            http,
            loads,
            new FileJobs(around.client(), owned, new OllamaSet(owned, image), jobs),
            following.pods(owned, owned.loaderLabels()),
            owned.serverName(),
            models,
            () -> following.wake(ResourceID.fromResource(owned.server())));
    Map<String, Map<String, LoadState>> byPod = new LinkedHashMap<>();
    for (var replica : ReplicaView.of(http, pods)) {
      var claim = following.claim(owned.namespace(), OwnedByServer.claim(replica.pod()));
      byPod.put(replica.pod(), bringing.advance(replica, new ClaimRecord(around.client(), claim)));
    }
    bringing.dropTheRest();
    return new ModelStates(models, replicas(owned), byPod);
  }

  /** Applies everything; what the API server refuses for good is a finding. */
  private List<Finding> apply(
      OwnedByServer owned, ModelStates states, Context<ModelServer> context) {
    List<HasMetadata> all =
        new ArrayList<>(
            new OllamaResources(owned, around.operatorNamespace()).all(states.required()));
    all.add(new OllamaSet(owned, image).statefulSet());
    var taken = InTheWay.of(around.client(), owned.server(), context, ServerWatches.FOLLOWED, all);
    if (!taken.isEmpty()) {
      return taken;
    }
    List<Finding> refused = new ArrayList<>();
    for (var resource : all) {
      var why = Apply.orRefusal(around.client(), resource);
      if (why != null) {
        refused.add(refusal(owned, resource, why));
      }
    }
    return refused;
  }

  private static Finding refusal(OwnedByServer owned, HasMetadata resource, String why) {
    var name = resource.getMetadata().getName();
    return new Finding(
        KIND,
        owned.serverName(),
        "Accepted",
        "Refused",
        (why.contains("updates to statefulset spec")
                ? "storage and storageClassName cannot be changed while the StatefulSet exists;"
                    + " enlarge the claims data-%s-N, then kubectl delete statefulset %s"
                        .formatted(name, name)
                    + " --cascade=orphan, and it is made anew around the running pods."
                : "the API server refuses what comes of this spec; correct it. What runs goes on"
                    + " as it is.")
            + " It says: "
            + why,
        "spec, " + resource.getKind() + " " + name);
  }

  private static PodTroubles.Owner troubled(OwnedByServer owned) {
    return new PodTroubles.Owner(
        KIND, "image.ollama", owned.name(), OllamaSet.DATA, "spec.storageClassName");
  }

  private static Wanted programmed(
      OwnedByServer owned,
      @Nullable StatefulSet set,
      @Nullable Trouble trouble,
      List<Finding> findings) {
    if (!valid(findings)) {
      return Wanted.no("Programmed", "NotAccepted", "The spec is not applied; see Accepted.");
    }
    var updated = updated(set);
    var count = updated + " of " + replicas(owned) + " replicas run as the spec says.";
    if (trouble != null) {
      return Wanted.no("Programmed", trouble.reason(), trouble.sentence());
    }
    return updated >= replicas(owned)
        ? Wanted.yes("Programmed", "Programmed", count)
        : Wanted.no("Programmed", "Pending", count);
  }

  /** Replicas whose pods are of the newest template, as far as the API server's controller said. */
  private static int updated(@Nullable StatefulSet set) {
    var status = set == null ? null : set.getStatus();
    if (set == null || status == null || status.getUpdatedReplicas() == null) {
      return 0;
    }
    var seen = Objects.equals(status.getObservedGeneration(), set.getMetadata().getGeneration());
    return seen ? status.getUpdatedReplicas() : 0;
  }

  private static Wanted ready(
      OwnedByServer owned,
      @Nullable StatefulSet set,
      @Nullable Trouble trouble,
      ModelStates states,
      List<Finding> findings) {
    if (!valid(findings)) {
      return Wanted.no("Ready", "NotAccepted", "The spec is not applied; see Accepted.");
    }
    var count =
        "%d of %d replicas are ready, %d of %d models."
            .formatted(answering(set), replicas(owned), states.ready(), states.all().size());
    var failure = states.failure();
    if (trouble != null) {
      return Wanted.no("Ready", trouble.reason(), count + " " + trouble.sentence());
    }
    if (failure != null) {
      return Wanted.no("Ready", failure.why().reason(), count + " " + failure.sentence());
    }
    var large = tooLarge(owned, states);
    if (large != null) {
      return Wanted.no("Ready", "TooLargeForMemory", count + " " + large);
    }
    return answering(set) >= replicas(owned) && states.ready() == states.all().size()
        ? Wanted.yes("Ready", "Ready", count)
        : Wanted.no("Ready", "Pending", count);
  }

  /**
   * What is said of the first model that has more bytes than a replica may have of memory, or null.
   * The kernel ends the process that loads it, and each call of it fails; on a GPU it may fit.
   */
  private static @Nullable String tooLarge(OwnedByServer owned, ModelStates states) {
    var spec = owned.server().getSpec();
    var limit = spec.resources() == null ? null : spec.resources().get("memoryLimit");
    if (limit == null || spec.gpu() != null) {
      return null;
    }
    var most = Quantity.getAmountInBytes(new Quantity(limit));
    for (var model : states.all()) {
      if (model.sizeBytes() != null && most.compareTo(BigDecimal.valueOf(model.sizeBytes())) < 0) {
        return model.name()
            + " takes "
            + model.sizeBytes()
            + " bytes, and spec.resources.memoryLimit lets a replica have "
            + limit
            + ", so it cannot be loaded; raise the limit, or hold a smaller model.";
      }
    }
    return null;
  }

  @Override
  public void close() {
    loads.close();
    http.shutdownNow();
  }
}
