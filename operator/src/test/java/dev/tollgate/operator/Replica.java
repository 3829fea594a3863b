package dev.tollgate.operator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;

/** Speaks a replica's side of the management port, and can be made known as a ready Pod. */
final class Replica implements AutoCloseable {

  private final HttpServer server;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile String programmed = "{\"resources\":{}}";

  /**
   * @param status what it answers when asked to remove a tenant
   */
  Replica(IntSupplier status) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/tollgate/tenants/",
        exchange -> {
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          answer(exchange, status.getAsInt());
        });
    server.createContext("/tollgate/programmed", exchange -> answer(exchange, programmed));
    server.start();
  }

  /** Says from now on that it serves this generation of a resource, named {@code Kind/name}. */
  void serves(String resource, long generation) {
    programmed =
        programmed.replace(
            "}}",
            (programmed.contains(":{}") ? "" : ",") + "\"" + resource + "\":" + generation + "}}");
  }

  private static void answer(HttpExchange exchange, String json) throws IOException {
    try (exchange) {
      var bytes = json.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static void answer(HttpExchange exchange, int status) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status, -1);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** What it was asked, method and address, in order. */
  List<String> asked() {
    return asked;
  }

  /** Shows it to the operator as a ready replica of a pool. */
  void joins(Platform platform, String pool) {
    var pod =
        platform
            .client()
            .resource(
                new PodBuilder()
                    .withNewMetadata()
                    .withName(pool + "-gateway-0")
                    .withNamespace(platform.namespace())
                    .addToLabels("tollgate.dev/gateway-pool", pool)
                    .endMetadata()
                    .withNewSpec()
                    .addNewContainer()
                    .withName("gateway")
                    .withImage("tollgate/runtime:test")
                    .endContainer()
                    .endSpec()
                    .build())
            .create();
    pod.setStatus(
        new PodStatusBuilder()
            .withPhase("Running")
            .withPodIP("127.0.0.1")
            .addNewPodIP("127.0.0.1")
            .addNewCondition()
            .withType("Ready")
            .withStatus("True")
            .endCondition()
            .build());
    platform.client().resource(pod).updateStatus();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
