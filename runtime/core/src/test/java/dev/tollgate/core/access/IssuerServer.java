package dev.tollgate.core.access;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An issuer's JSON Web Key Set, as it is told to serve it. */
final class IssuerServer implements AutoCloseable {

  /** How often it was asked. */
  final AtomicInteger asked = new AtomicInteger();

  /** What it answers; where that is empty it fails with 500. */
  volatile String keys = "";

  /** Whether it sends a space after the other before its answer. */
  volatile boolean dripping;

  private final HttpServer server;

  IssuerServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/keys", this::answer);
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      asked.incrementAndGet();
      var bytes = keys.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(bytes.length == 0 ? 500 : 200, 0);
      while (dripping) {
        exchange.getResponseBody().write(' ');
        exchange.getResponseBody().flush();
        Thread.sleep(20);
      }
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    dripping = false;
    server.stop(0);
  }
}
