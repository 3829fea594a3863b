package dev.tollgate.core.limits;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import io.lettuce.core.RedisURI;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is: one server, or some nodes of a Redis Cluster, which tell of the others.
 *
 * @param nodes of a cluster one or more; otherwise one
 */
record RedisAddress(List<RedisURI> nodes, boolean cluster) {

  private static final String CLUSTER = "-cluster";

  /**
   * @param url {@code redis://host:port/database}, {@code redis-cluster://host:port,host:port}, or
   *     the same with {@code rediss} for TLS
   * @param password null when the URL has it or none is needed
   * @throws IllegalArgumentException when the URL is none; the text does not repeat it, for it may
   *     hold a password
   */
  static RedisAddress of(String url, char @Nullable [] password) {
    try {
      int end = url.indexOf("://");
      String scheme = end < 0 ? "" : url.substring(0, end);
      if (!scheme.endsWith(CLUSTER)) {
        return new RedisAddress(List.of(node(url, password)), false);
      }
      String plain = scheme.substring(0, scheme.length() - CLUSTER.length()) + "://";
      String rest = url.substring(end + 3);
      int at = rest.lastIndexOf('@');
      String user = rest.substring(0, at + 1);
      List<RedisURI> nodes = new ArrayList<>();
      for (String host : rest.substring(at + 1).split(",", -1)) {
        nodes.add(node(plain + user + host, password));
      }
      return new RedisAddress(List.copyOf(nodes), true);
    } catch (RuntimeException e) {
      // the cause is left out: it may repeat the URL with its password
      throw new IllegalArgumentException(
          "the URL of Redis is not valid; write redis://host:port/database, or"
              + " redis-cluster://host:port,host:port for a Redis Cluster (rediss with TLS)");
    }
  }

  private static RedisURI node(String url, char @Nullable [] password) {
    // RedisURI takes what has no host, or a port that is none, for something else
    if (URI.create(url).getHost() == null) {
      throw new IllegalArgumentException("no host");
    }
    RedisURI uri = RedisURI.create(url);
    if (password != null) {
      String user = user(url);
      uri.setCredentialsProvider(
          RedisCredentialsProvider.from(() -> RedisCredentials.just(user, password)));
    }
    return uri;
  }

  private static @Nullable String user(String url) {
    String info = URI.create(url).getUserInfo();
    if (info == null) {
      return null;
    }
    int colon = info.indexOf(':');
    String user = colon < 0 ? info : info.substring(0, colon);
    return user.isEmpty() ? null : user;
  }

  /** Without credentials. */
  @Override
  public String toString() {
    return nodes.stream()
        .map(node -> node.getHost() + ":" + node.getPort())
        .collect(Collectors.joining(","));
  }
}
