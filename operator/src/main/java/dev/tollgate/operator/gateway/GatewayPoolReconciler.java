package dev.tollgate.operator.gateway;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.gateway.EnvVariable;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.gateway.GatewayPoolStatus;
import dev.tollgate.crd.gateway.Protocol;
import dev.tollgate.operator.Apply;
import dev.tollgate.operator.InTheWay;
import dev.tollgate.operator.Settings;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.conditions.StatusUpdate;
import dev.tollgate.operator.management.ManagementSecret;
import dev.tollgate.operator.pod.Image;
import dev.tollgate.operator.pod.PodTroubles;
import dev.tollgate.operator.pod.PodTroubles.Trouble;
import dev.tollgate.operator.pod.Quantities;
import dev.tollgate.operator.resolution.Outages;
import dev.tollgate.operator.resolution.Resolution;
import dev.tollgate.operator.resolution.Surroundings;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.rate.LinearRateLimiter;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs the replicas of a pool and tells how they are. A pool is reconciled four times a second at
 * most, whatever ten thousand tenants do, and every ten minutes at least: that repairs what is not
 * watched.
 */
@RateLimited(maxReconciliations = 4, within = 1, unit = TimeUnit.SECONDS)
@ControllerConfiguration(
    name = "gatewaypool",
    rateLimiter = LinearRateLimiter.class,
    maxReconciliationInterval =
        @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES))
public final class GatewayPoolReconciler implements Reconciler<GatewayPool> {

  private static final int UNPROCESSABLE = 422;

  private final KubernetesClient client;
  private final Resolution resolution;
  private final Surroundings surroundings;
  private final StatusUpdate<GatewayPool, GatewayPoolStatus> update;
  private final SecretRefs secretRefs;
  private final Outages outages;
  private final Image image;
  private final Clock clock = Clock.systemUTC();
  private final ManagementSecret management;
  private final Monitoring monitoring;
  private @Nullable Watches watches;

  /**
   * @param outages what the replicas cannot use
   * @param settings the runtime's image where a pool names none, and what monitors are labelled
   *     with
   */
  public GatewayPoolReconciler(
      Surroundings surroundings, SecretRefs secretRefs, Outages outages, Settings settings) {
    this.outages = outages;
    this.surroundings = surroundings;
    this.secretRefs = secretRefs;
    this.client = surroundings.client();
    this.resolution = surroundings.resolution();
    this.update =
        new StatusUpdate<>(GatewayPool::new, surroundings.conditions(), surroundings.events());
    this.image = settings.runtimeImage();
    this.management = new ManagementSecret(client, clock);
    this.monitoring = new Monitoring(client, clock, settings.monitorLabels());
  }

  @Override
  public List<EventSource<?, GatewayPool>> prepareEventSources(
      EventSourceContext<GatewayPool> context) {
    var following = new Watches(context);
    watches = following;
    resolution.onChange(following::wakeAll);
    // what the replicas may read goes by the labels of Secrets
    secretRefs.onChange(secret -> following.wakeAll());
    outages.onChange(following::wakeAll);
    return following.all();
  }

  @Override
  public UpdateControl<GatewayPool> reconcile(GatewayPool pool, Context<GatewayPool> context) {
    if (!resolution.knows(pool)) {
      return UpdateControl.<GatewayPool>noUpdate().rescheduleAfter(Resolution.SOON);
    }
    var around = around();
    var owned = new Owned(pool);
    List<Finding> findings = new ArrayList<>(resolution.findings("GatewayPool", owned.poolName()));
    findings.addAll(quantities(owned));
    var ofSecrets = secretRefs.findings("GatewayPool", owned.poolName(), uses(pool));
    findings.addAll(ofSecrets);
    var listeners = Listeners.of(pool);
    Function<String, @Nullable Secret> secrets =
        name -> around.certificate(owned.namespace(), name);
    findings.addAll(listeners.findings(owned.poolName(), secrets));
    var set = context.getSecondaryResource(StatefulSet.class).orElse(null);
    var certificates = listeners.served(secrets, Replica.certificates(set));
    var replica =
        new Replica(
            owned, image, certificates, secret -> secretRefs.permits(secret, SecretUse.GATEWAY));
    var disk =
        DataOnDisk.of(
            pool,
            resolution.shared(),
            around.tenants(owned.namespace()),
            name -> around.shardPool(owned.namespace(), name));
    var scale = Scale.of(pool, disk.oneReplica(set));
    if (valid(findings)) {
      findings.addAll(run(owned, replica, scale, context));
    }
    List<Wanted> wanted = new ArrayList<>();
    wanted.add(
        scale.held() > 0 && !disk.embedded().isEmpty()
            ? Wanted.of(
                "Accepted",
                "EmbeddedOneReplica",
                disk.words(owned.poolName(), scale.held()),
                findings)
            : Wanted.of("Accepted", "Accepted", "The pool is valid.", findings));
    wanted.add(Wanted.of("ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings));
    wanted.add(programmed(pool, findings));
    var unusable = unusable(listeners, certificates, findings);
    wanted.add(
        unusable == null
            ? ready(owned, set, new PodTroubles(troubled(owned)).of(around.pods(owned)))
            : Wanted.no("Ready", unusable.reason(), unusable.path() + ": " + unusable.message()));
    outages.ofGatewayPool(owned.poolName(), update.before(pool)).ifPresent(wanted::add);
    Wanted left = null;
    if (valid(findings) && set != null && disk.embedded().isEmpty() && !disk.unknown()) {
      left = settle(owned, replica, set, context.getSecondaryResources(Job.class));
      if (left != null) {
        wanted.add(left);
      }
    }
    var control = report(pool, set, wanted);
    var waits =
        !ofSecrets.isEmpty()
            || findings.stream().anyMatch(InTheWay::isFinding)
            || LeftBehind.waitsForName(left);
    return !waits ? control : control.rescheduleAfter(SecretRefs.AGAIN);
  }

  /** Secrets other than certificates. */
  private static List<SecretRefs.Use> uses(GatewayPool pool) {
    var spec = pool.getSpec();
    if (spec == null) {
      return List.of();
    }
    List<SecretRefs.Use> uses = new ArrayList<>(SecretRefs.ofTrusts(spec.trusts()));
    var redis = spec.redis();
    if (redis != null && redis.passwordSecretRef() != null) {
      uses.add(
          new SecretRefs.Use(
              "spec.redis.passwordSecretRef", redis.passwordSecretRef(), SecretUse.REDIS));
    }
    var variables = spec.env() == null ? List.<EnvVariable>of() : spec.env();
    for (int i = 0; i < variables.size(); i++) {
      var secret = variables.get(i).valueSecretRef();
      if (secret != null) {
        uses.add(
            new SecretRefs.Use("spec.env[" + i + "].valueSecretRef", secret, SecretUse.GATEWAY));
      }
    }
    return uses;
  }

  private static List<Finding> quantities(Owned owned) {
    var spec = owned.pool().getSpec();
    if (spec == null) {
      return List.of();
    }
    var log = spec.usageLog();
    return Quantities.check(
        "GatewayPool",
        owned.poolName(),
        spec.resources(),
        log == null || log.storage() == null
            ? Map.of()
            : Map.of("spec.usageLog.storage", log.storage()));
  }

  private static PodTroubles.Owner troubled(Owned owned) {
    return new PodTroubles.Owner(
        "GatewayPool",
        "image.runtime",
        owned.name(),
        Replica.DATA,
        "spec.usageLog.storageClassName");
  }

  private static boolean valid(List<Finding> findings) {
    return findings.stream().noneMatch(f -> f.condition().equals("Accepted"));
  }

  private Watches around() {
    return Objects.requireNonNull(watches, "the event sources come before the first pool");
  }

  private @Nullable Wanted settle(
      Owned owned, Replica replica, StatefulSet set, Collection<Job> jobs) {
    var pods =
        around().pods(owned).stream()
            .map(pod -> pod.getMetadata().getName())
            .collect(Collectors.toSet());
    return new LeftBehind(client, clock, owned, replica)
        .settle(wanted(set), around().claims(owned), pods, jobs);
  }

  /** Applies everything; what the API server refuses for good is a finding. */
  private List<Finding> run(
      Owned owned, Replica replica, Scale scale, Context<GatewayPool> context) {
    var secrets =
        SecretNames.of(
            owned.poolName(),
            resolution.shared(),
            around().shardPools(owned.namespace()),
            around().tenants(owned.namespace()),
            secretRefs::permits);
    var around = new GatewayResources(owned, secrets, surroundings.operatorNamespace()).all();
    List<HasMetadata> all = new ArrayList<>(around);
    all.add(ManagementSecret.of(owned.pool()));
    all.add(replica.statefulSet(null));
    if (scale.autoscaled()) {
      all.add(Autoscaler.of(owned, scale));
    }
    monitoring.desired(owned).ifPresent(all::add);
    var taken = InTheWay.of(client, owned.pool(), context, Watches.FOLLOWED, all);
    if (!taken.isEmpty()) {
      return taken;
    }
    management.ensure(owned.pool());
    List<Finding> refused = new ArrayList<>();
    around.forEach(resource -> apply(owned, resource, refused));
    monitoring.apply(owned);
    if (scale.autoscaled()) {
      apply(owned, Autoscaler.of(owned, scale), refused);
    } else {
      context
          .getSecondaryResource(HorizontalPodAutoscaler.class)
          .ifPresent(stale -> client.resource(stale).delete());
    }
    apply(owned, replicas(owned, replica, scale), refused);
    return refused;
  }

  private StatefulSet replicas(Owned owned, Replica replica, Scale scale) {
    var sets = client.apps().statefulSets().inNamespace(owned.namespace());
    var now = scale.autoscaled() ? sets.withName(owned.name()).get() : null;
    var replicas = scale.applied(now);
    var set = replica.statefulSet(replicas);
    if (now != null && replicas != null) {
      // The autoscaler may write between the reading and this: then it is read again.
      set.getMetadata().setResourceVersion(now.getMetadata().getResourceVersion());
    }
    return set;
  }

  private void apply(Owned owned, HasMetadata resource, List<Finding> refused) {
    try {
      Apply.apply(client, resource);
    } catch (KubernetesClientException e) {
      if (e.getCode() != UNPROCESSABLE) {
        throw e;
      }
      refused.add(refusal(owned, resource, e));
    }
  }

  private static Finding refusal(Owned owned, HasMetadata resource, KubernetesClientException e) {
    var said = e.getStatus() == null ? null : e.getStatus().getMessage();
    var why = said == null ? String.valueOf(e.getMessage()) : said;
    return new Finding(
        "GatewayPool",
        owned.poolName(),
        "Accepted",
        "Refused",
        (why.contains("updates to statefulset spec")
                ? "spec.usageLog cannot be changed while the replicas' StatefulSet exists; for more"
                    + " storage enlarge each claim data-"
                    + owned.name()
                    + "-<n>, then kubectl delete statefulset "
                    + owned.name()
                    + " --cascade=orphan, and it is made anew around the running pods and their"
                    + " claims."
                : "the API server refuses what comes of this spec; correct it. What runs goes on as"
                    + " it is.")
            + " It says: "
            + why,
        "spec, " + resource.getKind() + " " + resource.getMetadata().getName());
  }

  private static int wanted(@Nullable StatefulSet set) {
    return set == null || set.getSpec().getReplicas() == null ? 0 : set.getSpec().getReplicas();
  }

  private static int answering(@Nullable StatefulSet set) {
    return set == null || set.getStatus() == null || set.getStatus().getReadyReplicas() == null
        ? 0
        : set.getStatus().getReadyReplicas();
  }

  /** What keeps a pool from being of use though its replicas are ready, or null. */
  private static @Nullable Finding unusable(
      Listeners listeners, List<String> certificates, List<Finding> findings) {
    var unreachable = !listeners.has(Protocol.HTTP) && certificates.isEmpty();
    return findings.stream()
        .filter(f -> isPlatformMissing(f) || (unreachable && Listeners.isOfCertificate(f)))
        .findFirst()
        .orElse(null);
  }

  private static boolean isPlatformMissing(Finding finding) {
    return finding.path().equals("spec.platformDatabase.shardPool");
  }

  private static Wanted ready(Owned owned, @Nullable StatefulSet set, @Nullable Trouble trouble) {
    int wanted = wanted(set);
    int ready = answering(set);
    var count =
        set == null
            ? "No replica was started yet"
            : ready + " of " + wanted + " replicas are ready";
    if (ready > 0 && ready >= wanted) {
      return Wanted.yes("Ready", "Ready", count + ".");
    }
    return trouble == null
        ? Wanted.no(
            "Ready",
            ready == 0 ? "NoReplicas" : "Pending",
            count + "; see kubectl describe statefulset " + owned.name() + ".")
        : Wanted.no("Ready", trouble.reason(), count + ". " + trouble.sentence());
  }

  private Wanted programmed(GatewayPool pool, List<Finding> findings) {
    if (!valid(findings)) {
      return Wanted.no(
          "Programmed", "NotAccepted", "This form is not served, because it is not accepted.");
    }
    if (findings.stream().anyMatch(GatewayPoolReconciler::isPlatformMissing)) {
      return Wanted.no(
          "Programmed",
          "NotResolved",
          "This form is not served, because its platform database is missing.");
    }
    return surroundings
        .programming()
        .condition(Set.of(pool.getMetadata().getName()), pool, update.before(pool), around()::wake);
  }

  private UpdateControl<GatewayPool> report(
      GatewayPool pool, @Nullable StatefulSet set, List<Wanted> wanted) {
    return update.to(
        pool,
        new GatewayPoolStatus(
            pool.getMetadata().getGeneration(),
            wanted(set),
            answering(set),
            new Owned(pool).name() + "." + pool.getMetadata().getNamespace() + ".svc",
            update.conditions(pool, wanted)));
  }
}
