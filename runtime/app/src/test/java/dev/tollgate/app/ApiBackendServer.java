package dev.tollgate.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An API behind the gateway: it answers every call with its path and how many there have been. */
final class ApiBackendServer implements AutoCloseable {

  /** What is answered at a path, once a call's body has come. */
  interface Answer {
    void to(HttpExchange exchange, byte[] body) throws IOException, InterruptedException;
  }

  /** Calls that have begun. */
  final AtomicInteger calls = new AtomicInteger();

  private final HttpServer server;

  ApiBackendServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 100);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    at("/", 200);
    server.start();
  }

  /** One that answers every call in this way. */
  ApiBackendServer(Answer answer) throws IOException {
    this();
    server.removeContext("/");
    at("/", answer);
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** A backend of a route, which is sent to a path here. */
  String backend(String name, String path) {
    return "{name: %s, url: \"http://127.0.0.1:%d%s\"}".formatted(name, port(), path);
  }

  /** A backend of a route, which is sent to a path here, with more of its spec. */
  String backend(String name, String path, String more) {
    return backend(name, path).replace("}", ", " + more + "}");
  }

  /** Paths that begin so have an answer of their own. */
  void at(String path, Answer answer) {
    atOnce(path, (exchange, _) -> answer.to(exchange, exchange.getRequestBody().readAllBytes()));
  }

  /** Paths that begin so are answered without a look at the body. */
  void atOnce(String path, Answer answer) {
    server.createContext(
        path,
        exchange -> {
          calls.incrementAndGet();
          try (exchange) {
            answer.to(exchange, new byte[0]);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Paths that begin so are answered with a status. */
  void at(String path, int status) {
    at(path, (exchange, _) -> answer(exchange, status));
  }

  /** The answer of paths that begin so has a header. */
  void at(String path, String header, String value) {
    at(
        path,
        (exchange, _) -> {
          exchange.getResponseHeaders().add(header, value);
          answer(exchange, 200);
        });
  }

  /** Tells the path and how many calls there have been. */
  void answer(HttpExchange exchange, int status) throws IOException {
    var body = (exchange.getRequestURI() + " " + calls.get()).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
