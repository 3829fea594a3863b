package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.shard.ShardPool;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the replicas cannot use is a condition of the GatewayPool and of the ShardPool. */
@NullUnmarked
class OutagesTest {

  private static final String WELL = "{\"shards\":{},\"redis\":\"\"}";
  private static final String FULL =
      "{\"shards\":{\"one\":\"has no room left; enlarge its volume\"},\"redis\":\"\"}";

  @RegisterExtension final EdgePool edge = new EdgePool();

  @BeforeEach
  void start() {
    edge.replica().serves(1);
    edge.replica().joins(edge.platform(), "edge");
    edge.apply(EXTERNAL + pool("platformDatabase: {shardPool: default}"));
  }

  private void tells(String json) {
    edge.replica().tells("/tollgate/outages", json);
  }

  private String shardPool() {
    var condition = edge.platform().condition("ShardPool", "default", "Connected");
    return condition.reason() + ": " + condition.message();
  }

  @Test
  void aShardThatTakesNoUsageIsToldInWordsAndSoIsItsReturn() {
    tells(WELL);
    await("all is well", () -> "True".equals(edge.state("Connected")));
    await("of the shards, too", () -> shardPool().startsWith("Connected: "));
    tells(FULL);
    await("it is told", () -> "ShardAway".equals(edge.reason("Connected")));
    assertThat(edge.message("Connected"))
        .isEqualTo(
            "Shard one has no room left; enlarge its volume, as edge-gateway-0 tells. Calls are"
                + " served on, their usage waits in the usage logs, and what needs the database"
                + " answers 503.");
    await("of the shards, too", () -> shardPool().startsWith("ShardAway: Shard one has no room"));
    assertThat(edge.platform().events("ShardAway")).hasSize(2);
    tells(WELL);
    await("all is well again", () -> "True".equals(edge.state("Connected")));
    await("of the shards, too", () -> shardPool().startsWith("Connected: "));
    await("its return is an Event", () -> edge.platform().events("Connected").size() >= 2);
  }

  @Test
  void redisThatIsAwayIsToldOfThePoolAlone() {
    tells("{\"shards\":{},\"redis\":\"redis:6379\"}");
    await("it is told", () -> "RedisAway".equals(edge.reason("Connected")));
    assertThat(edge.message("Connected"))
        .startsWith("Redis at redis:6379 does not answer, as edge-gateway-0 tells; limits")
        .contains("whenUnavailable", "spec.redis");
    await("not of the shards", () -> shardPool().startsWith("Connected: "));
  }

  @Test
  void whatIsKnownStaysWhileNobodyTellsAndNothingIsWritten() throws Exception {
    tells(FULL);
    await("it is told", () -> "ShardAway".equals(edge.reason("Connected")));
    await("of the shards, too", () -> shardPool().startsWith("ShardAway"));
    edge.replica().close();
    edge.platform().restartOperator();
    Thread.sleep(3000);
    var gateways = version(GatewayPool.class, "edge");
    var shards = version(ShardPool.class, "default");
    Thread.sleep(6000);
    assertThat(edge.reason("Connected")).isEqualTo("ShardAway");
    assertThat(shardPool()).startsWith("ShardAway");
    assertThat(version(GatewayPool.class, "edge")).isEqualTo(gateways);
    assertThat(version(ShardPool.class, "default")).isEqualTo(shards);
  }

  private String version(
      Class<? extends io.fabric8.kubernetes.api.model.HasMetadata> kind, String name) {
    return edge.client().resources(kind).withName(name).get().getMetadata().getResourceVersion();
  }
}
