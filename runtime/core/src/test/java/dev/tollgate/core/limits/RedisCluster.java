package dev.tollgate.core.limits;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real Redis Cluster of three masters on loopback; each can be killed with -9. */
final class RedisCluster implements AutoCloseable {
  private static final int SLOTS = 16_384;

  final List<RedisProcess> nodes = new ArrayList<>();

  RedisCluster() throws IOException, InterruptedException {
    for (int i = 0; i < 3; i++) {
      nodes.add(
          new RedisProcess(
              "--cluster-enabled", "yes",
              "--cluster-node-timeout", "2000",
              "--cluster-require-full-coverage", "no"));
    }
    for (int i = 0; i < 3; i++) {
      String slots =
          IntStream.range(SLOTS * i / 3, SLOTS * (i + 1) / 3)
              .mapToObj(Integer::toString)
              .collect(Collectors.joining(" "));
      ask(nodes.get(i), "CLUSTER ADDSLOTS " + slots);
      ask(nodes.get(i), "CLUSTER SET-CONFIG-EPOCH " + (i + 1));
    }
    for (int i = 1; i < 3; i++) {
      ask(nodes.get(0), "CLUSTER MEET 127.0.0.1 " + nodes.get(i).port);
    }
    long end = System.nanoTime() + 30_000_000_000L;
    for (RedisProcess node : nodes) {
      while (!isUp(ask(node, "CLUSTER INFO"))) {
        if (System.nanoTime() > end) {
          throw new IOException("the Redis Cluster did not come up within 30 s");
        }
        Thread.sleep(50);
      }
    }
  }

  /** Without full coverage its state is ok before it knows of the others. */
  private static boolean isUp(String info) {
    return info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:" + SLOTS);
  }

  /** Of the first node alone: it tells of the others. */
  String url() {
    return "redis-cluster://127.0.0.1:" + nodes.get(0).port;
  }

  /** How many keys a node holds. */
  static long keys(RedisProcess node) throws IOException {
    return Long.parseLong(ask(node, "DBSIZE").strip().substring(1));
  }

  /** Sends an inline command and returns the reply as it came. */
  private static String ask(RedisProcess node, String command) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port)) {
      socket.setSoTimeout(5_000);
      OutputStream out = socket.getOutputStream();
      out.write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
      out.flush();
      InputStream in = socket.getInputStream();
      String reply = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      if (reply.startsWith("-")) {
        throw new IOException(command + ": " + reply);
      }
      return reply.replace("+OK\r\n", "").isEmpty() ? reply : reply.replaceFirst("\\+OK\r\n$", "");
    }
  }

  @Override
  public void close() throws InterruptedException {
    for (RedisProcess node : nodes) {
      node.close();
    }
  }
}
