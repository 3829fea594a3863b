package dev.tollgate.core.limits;

import static dev.tollgate.core.limits.Given.now;
import static dev.tollgate.core.limits.Given.one;
import static dev.tollgate.core.limits.Given.redis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.limit.Window;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real Redis Cluster of three nodes. */
class RedisClusterTest {
  /** Of a request: less than that of the tests, for a node that is killed may never answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static @Nullable RedisCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new RedisCluster();
  }

  @AfterAll
  static void stop() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static RedisCluster cluster() {
    if (cluster == null) {
      throw new IllegalStateException("no cluster");
    }
    return cluster;
  }

  private static RedisLimits connect() throws InterruptedException {
    RedisLimits limits = RedisLimits.connect(cluster().url(), null, PATIENCE, () -> 2);
    assertThat(limits.awaitConnection(Duration.ofSeconds(20))).isTrue();
    return limits;
  }

  /** A tenant whose slot is on a node. */
  private static String tenantOn(int node, String prefix) {
    for (int i = 0; ; i++) {
      if (SlotHash.getSlot(prefix + i) * 3 / SlotHash.SLOT_COUNT == node) {
        return prefix + i;
      }
    }
  }

  private static int admitted(RedisLimits limits, String tenant, List<Charge> charges, int tries)
      throws Exception {
    int admitted = 0;
    for (int i = 0; i < tries; i++) {
      if (now(limits.reserve(tenant, "r" + i, charges)).allowed()) {
        admitted++;
      }
    }
    return admitted;
  }

  @Test
  void limitsOfATenantAreTakenTogetherOnItsNodeAndTenantsAreSpreadOverTheNodes() throws Exception {
    List<Charge> charges =
        List.of(
            one(redis("day", 4, Window.Day, WhenUnavailable.Closed)),
            one(redis("month", 100, Window.Month, WhenUnavailable.Closed)));
    try (RedisLimits limits = connect();
        RedisLimits other = connect()) {
      for (int node = 0; node < 3; node++) {
        String tenant = tenantOn(node, "default/spread");
        long before = RedisCluster.keys(cluster().nodes.get(node));
        assertThat(admitted(limits, tenant, charges, 3) + admitted(other, tenant, charges, 3))
            .as("two replicas count together")
            .isEqualTo(4);
        assertThat(RedisCluster.keys(cluster().nodes.get(node)) - before)
            .as("both counters are on node %d", node)
            .isEqualTo(2);
      }
    }
  }

  @Test
  void aNodeThatIsAwayStopsItsTenantsOnlyAndIsUsedWhenItIsBack() throws Exception {
    List<Charge> closed = List.of(one(redis("closed", 1000, Window.Day, WhenUnavailable.Closed)));
    String away = tenantOn(2, "default/away");
    String here = tenantOn(0, "default/here");
    try (RedisLimits limits = connect()) {
      assertThat(admitted(limits, away, closed, 1)).isEqualTo(1);
      cluster().nodes.get(2).kill();
      try {
        assertThat(admitted(limits, away, closed, 20)).isZero();
        assertThat(admitted(limits, here, closed, 20)).as("on another node").isEqualTo(20);
      } finally {
        cluster().nodes.get(2).start();
      }
      int back = 0;
      for (int i = 0; i < 600 && back == 0; i++) {
        Thread.sleep(50);
        back = admitted(limits, away, closed, 1);
      }
      assertThat(back).isEqualTo(1);
    }
  }

  @Test
  void aListWithoutHostsIsRefusedWithoutRepeatingItsPassword() {
    for (String url : List.of("redis-cluster://:hunter2@", "redis-cluster://:hunter2@a:x,b")) {
      assertThatThrownBy(() -> RedisLimits.connect(url, null, RedisLimits.TIMEOUT, () -> 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("redis-cluster://")
          .hasMessageNotContaining("hunter2");
    }
  }
}
