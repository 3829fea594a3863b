package dev.tollgate.operator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/** Liveness, readiness and metrics over HTTP. A replica that waits for the lease is ready too. */
final class Health implements AutoCloseable {

  private final HttpServer server;

  Health(int port, Operator operator) throws IOException {
    server = HttpServer.create(new InetSocketAddress(port), 0);
    answer("/healthz/live", () -> !operator.started() || operator.healthy());
    answer("/healthz/ready", () -> true);
    server.createContext("/metrics", exchange -> metrics(exchange, operator));
    server.setExecutor(task -> Thread.ofVirtual().start(task));
    server.start();
  }

  /** Where it listens. */
  int port() {
    return server.getAddress().getPort();
  }

  private void answer(String path, BooleanSupplier good) {
    server.createContext(
        path,
        exchange -> {
          var fine = good.getAsBoolean();
          write(exchange, fine ? 200 : 503, fine ? "ok\n" : "a watch is broken\n");
        });
  }

  private static void metrics(HttpExchange exchange, Operator operator) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    write(exchange, 200, operator.metrics());
  }

  private static void write(HttpExchange exchange, int status, String text) throws IOException {
    try (exchange) {
      var body = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
