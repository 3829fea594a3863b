package dev.tollgate.billing.fake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tollgate.billing.fake.FakeStripe.Trouble;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Takes requests: a key stands for one request for a day and its answer is stored, and what is
 * planned goes wrong.
 */
final class FakeServer implements AutoCloseable {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  static {
    // the JDK's client sends a POST again by itself when no answer came
    System.setProperty("sun.net.http.retryPost", "false");
  }

  private record Stored(String fingerprint, int status, String body, Instant at) {}

  private record Planned(Predicate<String> request, Trouble trouble) {}

  /** Answers one request; throws {@link Refused}. */
  interface Route {
    JsonNode answer(String request, ObjectNode form);
  }

  private final HttpServer server;
  private final Object lock;
  private final Route route;
  private final Supplier<Instant> now;
  private final Map<String, Stored> keys = new HashMap<>();
  private final Deque<Planned> troubles = new ArrayDeque<>();
  private final List<String> requests = new ArrayList<>();
  private volatile Runnable before = () -> {};
  private volatile Runnable after = () -> {};

  /**
   * @param lock held while a request is answered
   */
  FakeServer(Object lock, Route route, Supplier<Instant> now) {
    this.lock = lock;
    this.route = route;
    this.now = now;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
  }

  void around(Runnable before, Runnable after) {
    this.before = before;
    this.after = after;
  }

  void trouble(String request, Trouble trouble) {
    troubles.add(new Planned(r -> r.startsWith(request), trouble));
  }

  List<String> requests() {
    return List.copyOf(requests);
  }

  private void handle(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    var request = exchange.getRequestMethod() + " " + path;
    var text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    var query = exchange.getRequestURI().getRawQuery();
    var key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
    before.run();
    Stored answer;
    boolean silent = false;
    synchronized (lock) {
      requests.add(request);
      var trouble = trouble(request);
      if (trouble == Trouble.TOO_MANY) {
        answer = error(429, "rate_limit_error", "rate_limit", "slow down");
      } else if (trouble == Trouble.DENIED) {
        answer =
            error(
                403,
                "invalid_request_error",
                "",
                "The provided key does not have the required permissions for this endpoint");
      } else if (trouble == Trouble.PAGE) {
        answer =
            new Stored("", 502, "<html><body><h1>502 Bad Gateway</h1></body></html>", now.get());
      } else {
        answer = once(key, request, text, query, trouble == Trouble.BROKEN);
        silent = trouble == Trouble.NO_ANSWER;
      }
    }
    after.run();
    if (silent) {
      exchange.close();
      return;
    }
    var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("Request-Id", "req_" + requests.size());
    exchange.sendResponseHeaders(answer.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private Trouble trouble(String request) {
    for (var planned : troubles) {
      if (planned.request().test(request)) {
        troubles.remove(planned);
        return planned.trouble();
      }
    }
    return null;
  }

  private Stored once(String key, String request, String body, String query, boolean broken) {
    if (key == null || !request.startsWith("POST")) {
      return broken
          ? error(500, "api_error", "", "broken")
          : answer(request, Form.read(body, query));
    }
    var known = keys.get(key);
    if (known != null && known.at().plus(Duration.ofHours(24)).isAfter(now.get())) {
      return known.fingerprint().equals(request + body)
          ? known
          : error(
              400,
              "idempotency_error",
              "",
              "Keys for idempotent requests can only be used with the same parameters they were"
                  + " first used with.");
    }
    var answer =
        broken ? error(500, "api_error", "", "broken") : answer(request, Form.read(body, query));
    if (answer.status() != 400 && answer.status() != 404) {
      keys.put(key, new Stored(request + body, answer.status(), answer.body(), now.get()));
    }
    return answer;
  }

  private Stored error(int status, String type, String code, String message) {
    var error = JSON.createObjectNode();
    error.putObject("error").put("type", type).put("code", code).put("message", message);
    return new Stored("", status, error.toString(), now.get());
  }

  private Stored answer(String request, ObjectNode form) {
    try {
      return new Stored("", 200, route.answer(request, form).toString(), now.get());
    } catch (Refused e) {
      return error(e.status, "invalid_request_error", e.code, e.getMessage());
    }
  }
}
