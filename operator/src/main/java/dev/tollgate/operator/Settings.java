package dev.tollgate.operator;

import dev.tollgate.operator.pod.Image;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the operator is started with.
 *
 * @param namespaces the namespaces it watches, each one platform
 * @param ownNamespace where its lease is
 * @param instance name of this replica, as Events and the lease have it
 * @param runtimeImage image of gateway replicas
 * @param mariadbImage image of Managed shards
 * @param ollamaImage image of model servers
 * @param healthPort port of health and metrics
 * @param replicaPort where replicas of the gateway answer the operator
 * @param leaderElection whether it waits until it is elected; without, it has to be the only one,
 *     as when it runs outside the cluster
 * @param monitorLabels on the ServiceMonitors of gateways, for a Prometheus that looks for them
 * @param reclaimPatience how long a deleted tenant waits for its data to be removed; then it goes,
 *     and the data stays
 */
public record Settings(
    Set<String> namespaces,
    String ownNamespace,
    String instance,
    Image runtimeImage,
    Image mariadbImage,
    Image ollamaImage,
    int healthPort,
    int replicaPort,
    boolean leaderElection,
    Map<String, String> monitorLabels,
    Duration reclaimPatience) {

  /** The user {@code mysql} of MariaDB's own images. */
  private static final long MARIADB_USER = 999;

  private static final Duration RECLAIM_PATIENCE = Duration.ofSeconds(60);

  public static Settings from(Map<String, String> env) {
    var own = env.getOrDefault("POD_NAMESPACE", "default");
    var namespaces =
        names(env.getOrDefault("TOLLGATE_WATCH_NAMESPACES", own))
            .collect(Collectors.toUnmodifiableSet());
    return new Settings(
        namespaces,
        own,
        env.getOrDefault("POD_NAME", "operator"),
        image(env, "RUNTIME", "ghcr.io/tollgate-dev/runtime:0.1.0", Image.USER),
        image(env, "MARIADB", "mariadb:11.4", MARIADB_USER),
        image(env, "OLLAMA", "docker.io/ollama/ollama:0.6.8", Image.USER),
        Integer.parseInt(env.getOrDefault("TOLLGATE_HEALTH_PORT", "8081")),
        8082,
        Boolean.parseBoolean(env.getOrDefault("TOLLGATE_LEADER_ELECTION", "true")),
        labels(env.getOrDefault("TOLLGATE_MONITOR_LABELS", "")),
        RECLAIM_PATIENCE);
  }

  /**
   * @param pairs such as {@code release=prometheus,team=edge}
   */
  private static Map<String, String> labels(String pairs) {
    return names(pairs)
        .map(pair -> pair.split("=", 2))
        .collect(
            Collectors.toUnmodifiableMap(pair -> pair[0], pair -> pair.length < 2 ? "" : pair[1]));
  }

  private static Image image(Map<String, String> env, String of, String usual, long usualUser) {
    return new Image(
        env.getOrDefault("TOLLGATE_" + of + "_IMAGE", usual),
        env.getOrDefault("TOLLGATE_" + of + "_PULL_POLICY", "IfNotPresent"),
        names(env.getOrDefault("TOLLGATE_IMAGE_PULL_SECRETS", "")).toList(),
        user(env.getOrDefault("TOLLGATE_POD_USER", ""), usualUser));
  }

  /**
   * @param said a number, {@code assigned}, or nothing
   */
  private static @Nullable Long user(String said, long usual) {
    if (said.equals("assigned")) {
      return null;
    }
    return said.isEmpty() ? usual : Long.valueOf(said);
  }

  private static Stream<String> names(String list) {
    return Arrays.stream(list.split(",")).map(String::strip).filter(s -> !s.isEmpty());
  }
}
