package dev.tollgate.operator;

import dev.tollgate.core.tenancy.ClusterClients;
import dev.tollgate.operator.billing.BillingProviderReconciler;
import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.conditions.Edited;
import dev.tollgate.operator.conditions.Events;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.gateway.GatewayPoolReconciler;
import dev.tollgate.operator.model.ModelRouteReconciler;
import dev.tollgate.operator.model.ModelServerReconciler;
import dev.tollgate.operator.plan.PlanReconciler;
import dev.tollgate.operator.plan.RateLimitPolicyReconciler;
import dev.tollgate.operator.prompt.ExperimentReconciler;
import dev.tollgate.operator.prompt.PromptTemplateReconciler;
import dev.tollgate.operator.resolution.Outages;
import dev.tollgate.operator.resolution.Programming;
import dev.tollgate.operator.resolution.Replicas;
import dev.tollgate.operator.resolution.Resolution;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.route.ApiRouteReconciler;
import dev.tollgate.operator.shard.ShardPoolReconciler;
import dev.tollgate.operator.tenant.Placements;
import dev.tollgate.operator.tenant.TenantReconciler;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator: one set of controllers for each namespace it watches. A namespace that it may not
 * read, because it is gone or its Role is, is left out and keeps none of the others waiting.
 */
public final class Operator implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Operator.class);

  private static final Duration END_WHAT_HAS_BEGUN = Duration.ofSeconds(5);
  private static final long RETRY_AFTER_MILLIS = 1_000;
  private static final long RETRY_EVERY_MILLIS = 30_000;

  private final List<AutoCloseable> parts = new ArrayList<>();
  private final io.javaoperatorsdk.operator.Operator sdk;
  private final @Nullable Election election;
  private final Permissions permissions;
  private final Measurements measurements;

  public Operator(KubernetesClient client, Settings settings) {
    permissions = new Permissions(client, settings.namespaces());
    parts.add(permissions);
    election =
        settings.leaderElection()
            ? new Election(client, settings.ownNamespace(), settings.instance())
            : null;
    measurements = new Measurements(this::leads, permissions.missing());
    parts.add(measurements);
    sdk =
        new io.javaoperatorsdk.operator.Operator(overrides -> {
          overrides
              .withKubernetesClient(client)
              .withCloseClientOnStop(false)
              .withMetrics(measurements.ofControllers())
              .withConcurrentReconciliationThreads(16)
              .withReconciliationTerminationTimeout(END_WHAT_HAS_BEGUN)
              .withCacheSyncTimeout(Duration.ofMinutes(2))
              .withStopOnInformerErrorDuringStartup(false);
          if (election != null) {
            overrides.withLeaderElectionConfiguration(election.configuration());
          }
        });
    for (var namespace : permissions.granted()) {
      var resolution = new Resolution(client, namespace);
      var replicas = new Replicas(client, namespace, settings.replicaPort());
      var programming = new Programming(replicas);
      parts.add(resolution);
      measurements.follow(namespace, resolution);
      parts.add(programming);
      parts.add(replicas);
      var outages = new Outages(replicas, resolution);
      parts.add(outages);
      var around =
          new Surroundings(
              client,
              resolution,
              replicas,
              programming,
              new Conditions(Clock.systemUTC()),
              new Events(client, settings.instance()),
              settings.ownNamespace());
      var placements = new Placements();
      var secretRefs = new SecretRefs(client, namespace);
      var tenants = new TenantReconciler(around, secretRefs, placements, settings);
      parts.add(secretRefs);
      parts.add(tenants);
      register(
          "shardpool",
          new ShardPoolReconciler(around, secretRefs, placements, outages, settings.mariadbImage()),
          namespace);
      register(
          "gatewaypool",
          new GatewayPoolReconciler(around, secretRefs, outages, settings),
          namespace);
      var models = new ModelServerReconciler(around, settings.ollamaImage());
      parts.add(models);
      register("modelserver", models, namespace);
      register("plan", new PlanReconciler(around), namespace);
      register("ratelimitpolicy", new RateLimitPolicyReconciler(around), namespace);
      register("apiroute", new ApiRouteReconciler(around, secretRefs), namespace);
      register("modelroute", new ModelRouteReconciler(around, secretRefs), namespace);
      var prompts = new PromptTemplateReconciler(around);
      parts.add(prompts);
      register("prompttemplate", prompts, namespace);
      var experiments = new ExperimentReconciler(around);
      parts.add(experiments);
      register("experiment", experiments, namespace);
      var billing = new BillingProviderReconciler(around, secretRefs);
      parts.add(billing);
      register("billingprovider", billing, namespace);
      register("tenant", tenants, namespace);
    }
  }

  private <P extends HasMetadata> void register(
      String name, Reconciler<P> reconciler, String namespace) {
    sdk.register(
        reconciler,
        o -> {
          o.settingNamespaces(Set.of(namespace));
          o.withFieldManager(Apply.FIELD_MANAGER);
          o.withName(name + "-" + namespace);
          // what the API server refuses may be let in at any time, without a change of the resource
          o.withRetry(
              new GenericRetry()
                  .setInitialInterval(RETRY_AFTER_MILLIS)
                  .setMaxInterval(RETRY_EVERY_MILLIS)
                  .withoutMaxAttempts());
          o.withGenerationAware(false);
          o.withOnUpdateFilter(new Edited()::accept);
        });
  }

  /** Begins to work or, where it takes part in an election, to wait for it. */
  public void start() {
    if (!permissions.granted().isEmpty()) { // the SDK does not start without a controller
      sdk.start();
    }
  }

  /** Calls {@code changed} once, when a namespace that was left out can be read. */
  void whenMoreIsGranted(Runnable changed) {
    permissions.whenMoreIsGranted(changed);
  }

  /** Whether it hears of every change: no watch is broken. */
  public boolean healthy() {
    return sdk.getRuntimeInfo().allEventSourcesAreHealthy();
  }

  /** Whether it has begun. */
  public boolean started() {
    return sdk.getRuntimeInfo().isStarted();
  }

  /** Whether this is the operator that works. */
  private boolean leads() {
    return election == null ? started() : election.leads();
  }

  /** What Prometheus is told, in its text format. */
  String metrics() {
    return measurements.scrape();
  }

  @Override
  public void close() {
    if (election != null) {
      election.stopping();
    }
    sdk.stop();
    for (var part : parts) {
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn("A part did not stop cleanly", e);
      }
    }
    if (election != null) {
      election.release();
    }
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    run(ClusterClients.builder().build(), Settings.from(System.getenv()));
  }

  /** Works until the process is asked to end. */
  static void run(KubernetesClient client, Settings settings)
      throws IOException, InterruptedException {
    var operator = new Operator(client, settings);
    var ended = new CountDownLatch(1);
    try (var health = new Health(settings.healthPort(), operator)) {
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .unstarted(() -> {
                    operator.close();
                    ended.countDown();
                  }));
      // started anew, it has controllers for that namespace too
      operator.whenMoreIsGranted(
          () -> Thread.ofPlatform().name("anew").start(() -> System.exit(0)));
      LOG.info("Watching {}", String.join(", ", operator.permissions.granted()));
      operator.start();
      ended.await();
    }
  }
}
