package dev.tollgate.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * Speaks a replica's side of the operator's port, and can be made known as a ready Pod. It answers
 * once its pool has the Secret that both know each other by.
 */
final class Replica implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private final AtomicInteger questions = new AtomicInteger();
  private final IntSupplier status;
  private volatile HttpsServer server;
  private boolean started;
  private final Map<String, Long> served = new ConcurrentHashMap<>();
  private volatile long generation = -1;
  private final Map<String, String> told = new ConcurrentHashMap<>();
  private final Map<String, Integer> notModified = new ConcurrentHashMap<>();

  /**
   * @param status what it answers when asked to remove a tenant
   */
  Replica(IntSupplier status) throws IOException {
    this.status = status;
    server = listen(0);
    tells(Map.of());
  }

  private HttpsServer listen(int port) throws IOException {
    var made = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    made.createContext(
        "/tollgate/tenants/",
        exchange -> {
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          authorizations.add(
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          answer(exchange, status.getAsInt());
        });
    made.createContext("/tollgate/programmed", this::programmed);
    made.createContext("/tollgate/", this::told);
    return made;
  }

  /** From now on it knows the operator by what is in a Secret of its pool, and by nothing else. */
  synchronized void knows(Secret secret) throws IOException {
    if (started) {
      server.stop(0);
      server = listen(port());
    }
    started = true;
    server.setHttpsConfigurator(
        new HttpsConfigurator(PoolTls.ofReplica(secret)) {
          @Override
          public void configure(HttpsParameters parameters) {
            var wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    server.start();
  }

  private void awaitSecret(Platform platform, String pool) {
    var secret =
        platform
            .client()
            .secrets()
            .inNamespace(platform.namespace())
            .withName(pool + "-gateway-management")
            .waitUntilCondition(found -> found != null, 60, TimeUnit.SECONDS);
    try {
      knows(secret);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As the runtime answers: the generation it serves of each resource it is asked about. */
  private void programmed(HttpExchange exchange) throws IOException {
    questions.incrementAndGet();
    try (exchange) {
      if (!exchange.getRequestMethod().equals("POST")) {
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      var answer = JSON.createObjectNode();
      for (var resource : JSON.readTree(exchange.getRequestBody()).path("resources")) {
        long here = served.getOrDefault(resource.asText(), generation);
        if (here >= 0) {
          answer.put(resource.asText(), here);
        }
      }
      var body = JSON.writeValueAsBytes(JSON.createObjectNode().set("resources", answer));
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** As the runtime answers: under an entity tag; 404 where it has nothing to tell. */
  private void told(HttpExchange exchange) throws IOException {
    try (exchange) {
      var path = exchange.getRequestURI().getPath();
      var text = told.get(path);
      if (text == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      var tag = "\"" + text.hashCode() + "\"";
      exchange.getResponseHeaders().set("ETag", tag);
      if (tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
        notModified.merge(path, 1, Integer::sum);
        exchange.sendResponseHeaders(304, -1);
        return;
      }
      var body = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** From now on these tenants, by name, are Alerted or Blocked. */
  void tells(Map<String, String> quotas) throws JsonProcessingException {
    tells("/tollgate/quotas", JSON.writeValueAsString(Map.of("quotas", quotas)));
  }

  /** From now on this is the body of what it answers at a path. */
  void tells(String path, String json) {
    told.put(path, json);
  }

  /** How often it said at a path that there is nothing new. */
  int notModified(String path) {
    return notModified.getOrDefault(path, 0);
  }

  /** From now on it serves this generation of everything, and no later one. */
  void serves(long generation) {
    this.generation = generation;
  }

  /** From now on it serves this generation of a resource, named {@code Kind/name}. */
  void serves(String resource, long generation) {
    served.put(resource, generation);
  }

  /** How often it was asked what it serves. */
  int questions() {
    return questions.get();
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

  /** The credentials that it was asked with to remove a tenant. */
  List<String> authorizations() {
    return authorizations;
  }

  /** Shows it to the operator as a ready replica of a pool. */
  void joins(Platform platform, String pool) {
    platform.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %1$s-gateway-0, labels: {tollgate.dev/gateway-pool: %1$s}}
        spec: {containers: [{name: gateway, image: "tollgate/runtime:test"}]}
        """
            .formatted(pool));
    platform.status(
        Pod.class,
        pool + "-gateway-0",
        """
        phase: Running
        podIP: 127.0.0.1
        podIPs: [{ip: 127.0.0.1}]
        conditions: [{type: Ready, status: "True"}]
        """);
    Thread.ofVirtual().start(() -> awaitSecret(platform, pool));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
