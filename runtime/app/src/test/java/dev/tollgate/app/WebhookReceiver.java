package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A receiver that holds a sender to Standard Webhooks: a signature that is not right, a time more
 * than five minutes off or an id that is missing are answered 401, and noted.
 */
final class WebhookReceiver implements AutoCloseable {

  static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(new byte[24]);

  private static final long TOLERANCE_SECONDS = 300;

  /** Statuses to answer next with, in place of 204. */
  final Queue<Integer> answers = new ConcurrentLinkedQueue<>();

  final List<JsonNode> events = new CopyOnWriteArrayList<>();
  final List<String> ids = new CopyOnWriteArrayList<>();
  final List<String> refused = new CopyOnWriteArrayList<>();
  private final ApiBackendServer server;

  WebhookReceiver() throws IOException {
    server = new ApiBackendServer(this::receive);
  }

  String url() {
    return "http://127.0.0.1:" + server.port() + "/hooks";
  }

  private void receive(HttpExchange exchange, byte[] bytes) throws IOException {
    var body = new String(bytes, StandardCharsets.UTF_8);
    var wrong = wrong(exchange, body);
    if (wrong != null) {
      refused.add(wrong);
      exchange.sendResponseHeaders(401, -1);
      return;
    }
    ids.add(exchange.getRequestHeaders().getFirst("webhook-id"));
    events.add(new ObjectMapper().readTree(body));
    var status = answers.poll();
    exchange.sendResponseHeaders(status == null ? 204 : status, -1);
  }

  private static @Nullable String wrong(HttpExchange exchange, String body) {
    var headers = exchange.getRequestHeaders();
    var id = headers.getFirst("webhook-id");
    var time = headers.getFirst("webhook-timestamp");
    var signatures = headers.getFirst("webhook-signature");
    if (id == null || time == null || signatures == null) {
      return "a header is missing";
    }
    if (!"application/json".equals(headers.getFirst("Content-Type"))) {
      return "not JSON but " + headers.getFirst("Content-Type");
    }
    if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(time)) > TOLERANCE_SECONDS) {
      return "the time is off";
    }
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET.substring(6)), "HmacSHA256"));
      var expected =
          "v1,"
              + Base64.getEncoder()
                  .encodeToString(
                      mac.doFinal((id + "." + time + "." + body).getBytes(StandardCharsets.UTF_8)));
      for (var signature : signatures.split(" ", -1)) {
        if (MessageDigest.isEqual(expected.getBytes(), signature.getBytes())) {
          return null;
        }
      }
      return "the signature is wrong";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
