package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.pools;
import static dev.tollgate.operator.Manifests.tenant;
import static dev.tollgate.operator.Platform.await;

import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** An operator whose Role is taken away in a namespace, and given back. */
@NullUnmarked
class PermissionsTest {

  private static final int REPLICA_PORT = 8082;

  /** Longer than the SDK would try by itself. */
  private static final Duration REFUSED = Duration.ofSeconds(32);

  @Test
  void aNamespaceThatMayNotBeReadKeepsNoOtherWaiting() throws Exception {
    try (var good = Platform.withoutOperator(REPLICA_PORT);
        var gone = Platform.withoutOperator(REPLICA_PORT);
        var client = Platform.asOperator(good.client().getConfiguration())) {
      var binding = revoke(gone);
      var usual = Platform.settings(good.namespace(), REPLICA_PORT, Platform.ALONE);
      var both =
          new Settings(
              Set.of(good.namespace(), gone.namespace()),
              good.namespace(),
              usual.instance(),
              usual.runtimeImage(),
              usual.mariadbImage(),
              usual.ollamaImage(),
              usual.healthPort(),
              usual.replicaPort(),
              usual.leaderElection(),
              usual.monitorLabels(),
              usual.reclaimPatience());
      var more = new CountDownLatch(1);
      try (var operator = new Operator(client, both)) {
        operator.whenMoreIsGranted(more::countDown);
        operator.start();
        good.apply(pools("engine: Embedded") + PLAN + tenant("acme"));
        await("the tenant has its identity", () -> hasIdentity(good, "acme"));
        good.client().resource(binding).create();
        await("the operator sees that more may be read", () -> more.getCount() == 0);
      }
    }
  }

  @Test
  void whatTheApiServerRefusesForLongIsDoneOnceItIsLetIn() throws Exception {
    try (var platform = new Platform(REPLICA_PORT)) {
      platform.apply(pools("engine: Embedded") + PLAN);
      await(
          "the plan is accepted",
          () -> platform.condition("Plan", "basic", "Accepted").status().equals("True"));
      var binding = revoke(platform);
      platform.apply(tenant("acme"));
      Thread.sleep(REFUSED);
      platform.client().resource(binding).create();
      await(
          "the tenant has its identity",
          Duration.ofSeconds(45),
          () -> hasIdentity(platform, "acme"));
    }
  }

  private static boolean hasIdentity(Platform platform, String tenant) {
    var tenants = platform.client().resources(Tenant.class).inNamespace(platform.namespace());
    return tenants.withName(tenant).get().getStatus().id() != null;
  }

  /** Takes the operator's Role away; answers what gives it back. */
  private static RoleBinding revoke(Platform platform) {
    var binding =
        platform
            .client()
            .rbac()
            .roleBindings()
            .inNamespace(platform.namespace())
            .withName("tollgate-operator");
    var before = binding.get();
    binding.delete();
    return new RoleBindingBuilder(before)
        .editMetadata()
        .withResourceVersion(null)
        .withUid(null)
        .endMetadata()
        .build();
  }
}
