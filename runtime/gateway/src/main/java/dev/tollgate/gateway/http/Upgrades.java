package dev.tollgate.gateway.http;

import io.micronaut.http.HttpVersion;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which requests ask to leave HTTP/1.1 so that the gateway follows (RFC 9110, 7.8). To TLS and to
 * HTTP itself it does not, and not with a body; such an {@code Upgrade} is ignored, as any may be.
 */
public final class Upgrades {

  /** What a WebSocket's key is accepted with (RFC 6455, 1.3). */
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /** A backend agreed to something else than was asked. Has no stack trace. */
  public static final class Disagreement extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final String why;

    public Disagreement(String why) {
      super(why, null, false, false);
      this.why = why;
    }

    public String why() {
      return why;
    }
  }

  private Upgrades() {}

  /** The protocols that a backend is asked for, with commas between; empty where none is. */
  public static String asked(NettyHttpRequest<?> request) {
    var headers = request.getNativeRequest().headers();
    if (!headers.contains(HttpHeaderNames.UPGRADE)
        || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        || request.getHttpVersion() != HttpVersion.HTTP_1_1
        || request.byteBody().expectedLength().orElse(-1) != 0) {
      return "";
    }
    return headers.getAll(HttpHeaderNames.UPGRADE).stream()
        .flatMap(line -> Arrays.stream(line.split(",", -1)))
        .map(String::strip)
        .filter(Upgrades::followed)
        .collect(Collectors.joining(", "));
  }

  /**
   * What is wrong with a 101 (RFC 9110, 15.2.2; RFC 6455, 4.1): null where it agrees to what was
   * asked.
   */
  public static @Nullable String disagreement(HttpHeaders asked, HttpHeaders answer) {
    var protocol = Objects.requireNonNullElse(answer.get(HttpHeaderNames.UPGRADE), "");
    if (!asked.containsValue(HttpHeaderNames.UPGRADE, protocol, true)) {
      return "its 101 does not name the protocol that was asked for in Upgrade";
    }
    if (HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(protocol)
        && !accepts(asked.get("Sec-WebSocket-Key"), answer.get("Sec-WebSocket-Accept"))) {
      return "the Sec-WebSocket-Accept of its 101 is missing or wrong (RFC 6455, 4.1)";
    }
    return null;
  }

  private static boolean accepts(@Nullable String key, @Nullable String accept) {
    if (key == null || accept == null) {
      return false;
    }
    try {
      var digest = MessageDigest.getInstance("SHA-1");
      digest.update((key.strip() + GUID).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest.digest()).equals(accept.strip());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean followed(String protocol) {
    var lower = protocol.toLowerCase(Locale.ROOT);
    return !lower.isEmpty()
        && !lower.equals("h2c")
        && !lower.equals("tls")
        && !lower.startsWith("tls/")
        && !lower.equals("http")
        && !lower.startsWith("http/");
  }
}
