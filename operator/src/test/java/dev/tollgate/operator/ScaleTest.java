package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.pools;
import static dev.tollgate.operator.Manifests.tenant;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.conditions.Conditions;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/**
 * Many tenants at once: 1,000, or as many as {@code -Dscale.tenants} says. The figures are printed;
 * what is asserted only guards against a fall.
 */
@NullUnmarked
class ScaleTest {

  private static final int TENANTS = Integer.getInteger("scale.tenants", 1000);
  private static final Duration QUIET = Duration.ofSeconds(20);
  private static final Pattern WRITES =
      Pattern.compile(
          "(?m)^apiserver_request_total\\{(?=[^}]*verb=\"(?:APPLY|POST|PUT|PATCH|DELETE)\")"
              + "(?![^}]*resource=\"leases\")[^}]*} (\\S+)$");

  @Test
  void manyTenantsAreReadySoonAndThenNothingIsDone() throws Exception {
    try (var replica = new Replica(() -> 204);
        var platform = Platform.withoutOperator(replica.port());
        var operator =
            new OperatorProcess(platform, replica.port(), Path.of("target/scale-operator.log"))) {
      platform.apply(pools("engine: Managed, shards: 2") + PLAN);
      replica.serves(Long.MAX_VALUE);
      replica.joins(platform, "default");
      await("the pools are seen", () -> platform.secret("default-credentials-0") != null);
      var writesBefore = writes(platform);
      var processorBefore = operator.processorTime();
      var began = System.nanoTime();
      try (var ready = new ReadyTenants(platform)) {
        create(platform);
        var created = seconds(began);
        var limit = Duration.ofSeconds(60 + TENANTS / 20);
        await("all are Ready", limit, () -> ready.count() == TENANTS);
        var took = seconds(began);
        System.out.printf(
            "%,d tenants: created in %.1f s, Ready in %.1f s; %.1f writes a tenant; the operator"
                + " used %.1f s of a processor and holds %d MB%n",
            TENANTS,
            created,
            took,
            (double) (writes(platform) - writesBefore) / TENANTS,
            operator.processorTime().minus(processorBefore).toMillis() / 1e3,
            operator.residentKilobytes() / 1024);
      }
      Thread.sleep(5000);
      var writes = writes(platform);
      var processor = operator.processorTime();
      Thread.sleep(QUIET.toMillis());
      var percent = 100.0 * operator.processorTime().minus(processor).toMillis() / QUIET.toMillis();
      System.out.printf(
          "Quiet for %d s: %d writes, %.2f %% of a processor, %d MB%n",
          QUIET.toSeconds(),
          writes(platform) - writes,
          percent,
          operator.residentKilobytes() / 1024);
      assertThat(writes(platform)).as("writes while nothing changes").isEqualTo(writes);
      assertThat(percent).as("percent of a processor while nothing changes").isLessThan(5);
      assertThat(operator.residentKilobytes()).as("kilobytes").isLessThan(320 * 1024);
      operator.kill();
      startAgain(platform, replica.port());
    }
  }

  /** Among tenants that are all Ready an operator does nothing but what is new. */
  private static void startAgain(Platform platform, int port) throws Exception {
    var writes = writes(platform);
    var began = System.nanoTime();
    try (var operator =
        new OperatorProcess(platform, port, Path.of("target/scale-operator-again.log"))) {
      platform.apply(tenant("late"));
      await(
          "a tenant that comes late is Ready",
          Duration.ofSeconds(120),
          () ->
              ready(
                  platform
                      .client()
                      .resources(Tenant.class)
                      .inNamespace(platform.namespace())
                      .withName("late")
                      .get()));
      System.out.printf(
          "Started again, a new tenant is Ready after %.1f s; %.1f s of a processor, %d MB%n",
          seconds(began),
          operator.processorTime().toMillis() / 1e3,
          operator.residentKilobytes() / 1024);
      Thread.sleep(5000);
      // of the pools and of the new one
      assertThat(writes(platform) - writes).as("writes").isLessThan(100);
      assertThat(operator.residentKilobytes()).as("kilobytes").isLessThan(320 * 1024);
    }
  }

  private static void create(Platform platform) {
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < TENANTS; i++) {
        var name = "t" + i;
        var _ = threads.submit(() -> platform.apply(tenant(name)));
      }
    }
  }

  /** Requests that write, as the API server counts them, but for leases. */
  private static long writes(Platform platform) {
    return WRITES
        .matcher(platform.client().raw("/metrics"))
        .results()
        .mapToLong(m -> (long) Double.parseDouble(m.group(1)))
        .sum();
  }

  private static boolean ready(Tenant tenant) {
    var status = tenant.getStatus();
    var ready = status == null ? null : Conditions.find(status.conditions(), "Ready");
    return ready != null && ready.status().equals("True");
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static final class ReadyTenants implements AutoCloseable {

    private final SharedIndexInformer<Tenant> informer;

    ReadyTenants(Platform platform) {
      informer =
          platform.client().resources(Tenant.class).inNamespace(platform.namespace()).inform();
    }

    long count() {
      return informer.getStore().list().stream().filter(ScaleTest::ready).count();
    }

    @Override
    public void close() {
      informer.stop();
    }
  }
}
