package dev.tollgate.operator.shard;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.shard.ShardPoolStatus;
import dev.tollgate.operator.Apply;
import dev.tollgate.operator.InTheWay;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.conditions.StatusUpdate;
import dev.tollgate.operator.pod.Image;
import dev.tollgate.operator.pod.PodTroubles;
import dev.tollgate.operator.resolution.Belongings;
import dev.tollgate.operator.resolution.Outages;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.resolution.Wakeups;
import dev.tollgate.operator.tenant.Placements;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs the databases of a Managed pool, rotates their passwords, tells how many shards answer. */
@RateLimited(maxReconciliations = 2, within = 1)
@ControllerConfiguration(name = "shardpool")
public final class ShardPoolReconciler implements Reconciler<ShardPool> {

  private static final Set<Class<? extends HasMetadata>> FOLLOWED =
      Set.of(StatefulSet.class, Service.class, NetworkPolicy.class);

  private static final Duration COUNT_AGAIN = Duration.ofSeconds(2);
  private static final int UNPROCESSABLE = 422;
  private static final PodTroubles.Owner TROUBLED =
      new PodTroubles.Owner(
          "ShardPool", "image.mariadb", "default", "data", "spec.storageClassName", false);
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final Surroundings around;
  private final StatusUpdate<ShardPool, ShardPoolStatus> update;
  private final SecretRefs secretRefs;
  private final Placements placements;
  private final Outages outages;
  private final Image image;
  private volatile @Nullable InformerEventSource<Pod, ShardPool> pods;
  private final Map<String, String> failures = new ConcurrentHashMap<>();

  /**
   * @param placements which tenants are on which shard
   * @param outages which shards the gateways cannot use
   * @param image MariaDB's image, where the pool names none
   */
  public ShardPoolReconciler(
      Surroundings around,
      SecretRefs secretRefs,
      Placements placements,
      Outages outages,
      Image image) {
    this.outages = outages;
    this.secretRefs = secretRefs;
    this.placements = placements;
    this.around = around;
    this.update = new StatusUpdate<>(ShardPool::new, around.conditions(), around.events());
    this.image = image;
  }

  @Override
  public List<EventSource<?, ShardPool>> prepareEventSources(
      EventSourceContext<ShardPool> context) {
    var wakeups = new Wakeups<ShardPool>("resolution");
    Runnable all =
        () -> {
          if (wakeups.isRunning()) {
            context.getPrimaryCache().keys().forEach(wakeups::wake);
          }
        };
    around.resolution().onChange(all);
    placements.onChange(all);
    outages.onChange(all);
    secretRefs.onChange(secret -> {
      if (wakeups.isRunning()) {
        context
            .getPrimaryCache()
            .list(p -> uses(p).stream().anyMatch(u -> u.secret().name().equals(secret)))
            .map(ResourceID::fromResource)
            .forEach(wakeups::wake);
      }
    });
    var belongings = new Belongings<>(ShardPool.class, MariaDbResources.POOL_LABEL, context);
    // pods are of their StatefulSets
    var ofShards = belongings.labelled(Pod.class, MariaDbResources.POOL_LABEL);
    pods = ofShards;
    return List.of(
        ofShards,
        belongings.owned(StatefulSet.class),
        belongings.owned(Service.class),
        belongings.owned(NetworkPolicy.class),
        wakeups);
  }

  @Override
  public UpdateControl<ShardPool> reconcile(ShardPool pool, Context<ShardPool> context) {
    var meta = pool.getMetadata();
    List<Finding> findings =
        new ArrayList<>(around.resolution().findings("ShardPool", meta.getName()));
    findings.addAll(PoolChecks.of(pool));
    if (isValid(findings)) {
      findings.addAll(inTheWay(pool, context));
    }
    var valid = isValid(findings);
    var wanted = shards(pool);
    var managed = pool.getSpec().engine() == Engine.Managed;
    int answering = 0;
    var again = Rotation.MAX_AGE;
    var running = ready(context);
    for (int i = 0; managed && i < wanted; i++) {
      var database = new MariaDbResources(pool, i, image);
      var answers = running.contains(database.name());
      answering += answers ? 1 : 0;
      if (valid) {
        var next = run(pool, i, database, answers, findings);
        again = next.compareTo(again) < 0 ? next : again;
      }
    }
    for (var refused : secretRefs.findings("ShardPool", meta.getName(), uses(pool))) {
      findings.add(finding(pool, "Ready", refused.reason(), refused.message(), refused.path()));
      again = SecretRefs.AGAIN;
    }
    if (findings.stream().anyMatch(InTheWay::isFinding)) {
      again = SecretRefs.AGAIN;
    }
    var accepted = Wanted.of("Accepted", "Accepted", "The pool is valid.", findings);
    var ready = ready(pool, valid, answering, wanted, findings);
    List<Wanted> conditions = new ArrayList<>(List.of(accepted, ready));
    outages.ofShards(names(pool), update.before(pool)).ifPresent(conditions::add);
    var tenants = tenants(pool);
    if (tenants.isEmpty() && valid) {
      again = COUNT_AGAIN;
    }
    var status =
        new ShardPoolStatus(
            meta.getGeneration(),
            counted(pool, answering, wanted),
            tenants.isPresent() ? Integer.valueOf(tenants.getAsInt()) : countedBefore(pool),
            disk(pool, tenants),
            update.conditions(pool, conditions));
    return update.to(pool, status).rescheduleAfter(again);
  }

  private static boolean isValid(List<Finding> findings) {
    return findings.stream().noneMatch(f -> f.condition().equals("Accepted"));
  }

  /** What somebody else has made under the names of what a Managed pool needs. */
  private List<Finding> inTheWay(ShardPool pool, Context<ShardPool> context) {
    if (pool.getSpec().engine() != Engine.Managed) {
      return List.of();
    }
    List<HasMetadata> desired = new ArrayList<>();
    for (int i = 0; i < shards(pool); i++) {
      var secrets = new ShardSecrets(around.client(), pool, i).names();
      desired.addAll(secrets);
      var database = new MariaDbResources(pool, i, image);
      desired.add(database.service());
      desired.add(database.networkPolicy(around.operatorNamespace()));
      desired.add(database.statefulSet(secrets.getFirst()));
    }
    return InTheWay.of(around.client(), pool, context, FOLLOWED, desired);
  }

  private static int shards(ShardPool pool) {
    return pool.getSpec().shards() == null ? 1 : pool.getSpec().shards();
  }

  private Wanted ready(
      ShardPool pool, boolean valid, int answering, int wanted, List<Finding> findings) {
    if (pool.getSpec().engine() == Engine.External) {
      return Wanted.of(
          "Ready",
          "Ready",
          "The databases are used as they are listed; whether the gateways reach them is told by the"
              + " condition Connected, once a Plan or a Tenant names the pool.",
          findings);
    }
    var count = counted(pool, answering, wanted) + " of " + wanted + " shards answer";
    var ready = Wanted.of("Ready", "Ready", count + ".", findings);
    if (!ready.isTrue() || pool.getSpec().engine() == Engine.Embedded || answering >= wanted) {
      return ready;
    }
    if (!valid) {
      return Wanted.no(
          "Ready",
          "NotAccepted",
          count + "; no database is made or changed until what is wrong is mended.");
    }
    var trouble = new PodTroubles(TROUBLED).of(pods(pool));
    return trouble == null
        ? Wanted.no(
            "Ready",
            "Pending",
            count
                + "; see kubectl describe statefulset -l "
                + MariaDbResources.POOL_LABEL
                + "="
                + pool.getMetadata().getName()
                + ".")
        : Wanted.no("Ready", trouble.reason(), count + ". " + trouble.sentence());
  }

  /** Those of an Embedded pool are files, which are there; of an External one nothing is known. */
  private static @Nullable Integer counted(ShardPool pool, int answering, int wanted) {
    return switch (pool.getSpec().engine()) {
      case Managed -> answering;
      case Embedded -> wanted;
      case External -> null;
    };
  }

  private List<Pod> pods(ShardPool pool) {
    var known = pods;
    return known == null
        ? List.of()
        : known
            .list(
                pool.getMetadata().getNamespace(),
                pod -> poolOf(pod).equals(pool.getMetadata().getName()))
            .toList();
  }

  private static String poolOf(Pod pod) {
    return pod.getMetadata().getLabels().getOrDefault(MariaDbResources.POOL_LABEL, "");
  }

  private static List<SecretRefs.Use> uses(ShardPool pool) {
    List<SecretRefs.Use> uses = new ArrayList<>();
    var external = pool.getSpec() == null ? null : pool.getSpec().external();
    for (int i = 0; external != null && i < external.size(); i++) {
      var path = "spec.external[" + i + "].passwordSecretRef";
      uses.add(new SecretRefs.Use(path, external.get(i).passwordSecretRef(), SecretUse.STORE));
    }
    return uses;
  }

  private static Finding finding(
      ShardPool pool, String condition, String reason, String message, String path) {
    return new Finding("ShardPool", pool.getMetadata().getName(), condition, reason, message, path);
  }

  private List<String> names(ShardPool pool) {
    var view = around.resolution().shared().shardPools().get(pool.getMetadata().getName());
    return view == null ? List.of() : view.shardNames();
  }

  /** Nothing while the tenants are still being read, or while the pool is not valid. */
  private OptionalInt tenants(ShardPool pool) {
    var view = around.resolution().shared().shardPools().get(pool.getMetadata().getName());
    return view == null ? OptionalInt.empty() : placements.count(view.shardNames());
  }

  /** Where the tenants' files are, from the first tenant on, whatever plans say later. */
  private @Nullable String disk(ShardPool pool, OptionalInt tenants) {
    var before = pool.getStatus() == null ? null : pool.getStatus().gatewayPool();
    return before != null || tenants.orElse(0) == 0
        ? before
        : around.resolution().shared().disks().of(pool.getMetadata().getName());
  }

  private static @Nullable Integer countedBefore(ShardPool pool) {
    return pool.getStatus() == null ? null : pool.getStatus().tenants();
  }

  private static Set<String> ready(Context<ShardPool> context) {
    return context
        .getSecondaryResourcesAsStream(StatefulSet.class)
        .filter(s -> s.getStatus() != null && s.getStatus().getReadyReplicas() != null)
        .filter(s -> s.getStatus().getReadyReplicas() > 0)
        .map(s -> s.getMetadata().getName())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Makes one shard as it should be; answers when to look at it again. */
  private Duration run(
      ShardPool pool,
      int number,
      MariaDbResources database,
      boolean answers,
      List<Finding> findings) {
    var secrets = new ShardSecrets(around.client(), pool, number);
    try {
      var root = secrets.root();
      var credentials = secrets.credentials(root);
      apply(pool, database.service(), findings);
      apply(pool, database.networkPolicy(around.operatorNamespace()), findings);
      apply(pool, database.statefulSet(root), findings);
      var due = Rotation.untilDue(pool, credentials, Instant.now());
      if (due.isPositive()) {
        return due;
      }
      // one that does not answer is looked at again when its StatefulSet changes
      return answers ? rotate(pool, database.name(), secrets, root, credentials) : Rotation.MAX_AGE;
    } catch (IncompleteSecretException e) {
      var message = String.valueOf(e.getMessage());
      findings.add(finding(pool, "Ready", "SecretIncomplete", message, "Shard " + database.name()));
      return RETRY;
    }
  }

  /** What the API server refuses for good is told, and what runs goes on as it is. */
  private void apply(ShardPool pool, HasMetadata desired, List<Finding> findings) {
    try {
      Apply.apply(around.client(), desired);
    } catch (KubernetesClientException e) {
      if (e.getCode() != UNPROCESSABLE) {
        throw e;
      }
      var name = desired.getMetadata().getName();
      var said = e.getStatus() == null ? null : e.getStatus().getMessage();
      var why = said == null ? String.valueOf(e.getMessage()) : said;
      findings.add(
          finding(
              pool,
              "Accepted",
              "Refused",
              (why.contains("updates to statefulset spec")
                          ? "storage and storageClassName cannot be changed while the StatefulSet"
                              + " exists; enlarge the claim data-%s-0, then kubectl delete statefulset"
                              + " %s --cascade=orphan, and it is made anew around the running pod."
                          : "the API server refuses what comes of this spec; correct it. What runs goes"
                              + " on as it is.")
                      .formatted(name, name)
                  + " It says: "
                  + why,
              "spec, " + desired.getKind() + " " + name));
    }
  }

  private Duration rotate(
      ShardPool pool, String shard, ShardSecrets secrets, Secret root, Secret credentials)
      throws IncompleteSecretException {
    try {
      var user = Rotation.rotate(secrets, pool, root, credentials, Instant.now());
      failures.remove(key(pool, shard));
      around
          .events()
          .note(
              pool,
              "CredentialsRotated",
              "Shard " + shard + " is now used as " + user.login() + ".");
      return Rotation.MAX_AGE;
    } catch (SQLException e) {
      // not the message: a server may quote the statement that it refuses
      var what =
          "The password of shard %s was not changed (SQL state %s, error %d), and the one in use stays valid; trying again."
              .formatted(shard, e.getSQLState(), e.getErrorCode());
      if (!what.equals(failures.put(key(pool, shard), what))) {
        around.events().warn(pool, "RotationFailed", what);
      }
      return RETRY;
    }
  }

  private static String key(ShardPool pool, String shard) {
    return pool.getMetadata().getUid() + "/" + shard;
  }
}
