package dev.tollgate.gateway.caller;

import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.value.AddressRange;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.http.Caller;
import io.micronaut.http.HttpRequest;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells who sent a request: whose connection it came on, or, where that is a proxy that the pool
 * trusts, whom the proxy names. Proxies add the address that they were asked from at the end of
 * {@code X-Forwarded-For}; what stands before the first that is not trusted anybody may have
 * written.
 */
@Singleton
public final class Callers {

  private static final String FORWARDED_FOR = "X-Forwarded-For";
  private static final String FORWARDED_PROTO = "X-Forwarded-Proto";

  private final Serving serving;
  private final String pool;

  Callers(Serving serving, GatewaySettings settings) {
    this.serving = serving;
    this.pool = settings.pool();
  }

  public Caller of(HttpRequest<?> request) {
    var gateway = serving.current().shared().gatewayPools().get(pool);
    return of(request, gateway == null ? List.of() : gateway.trustedProxies());
  }

  static Caller of(HttpRequest<?> request, List<AddressRange> proxies) {
    var peer = request.getRemoteAddress().getAddress();
    if (!among(peer, proxies)) {
      return new Caller(peer, request.isSecure());
    }
    var scheme = last(request.getHeaders().getAll(FORWARDED_PROTO));
    return new Caller(
        behind(peer, request.getHeaders().getAll(FORWARDED_FOR), proxies),
        scheme == null ? request.isSecure() : scheme.equalsIgnoreCase("https"));
  }

  private static boolean among(@Nullable InetAddress address, List<AddressRange> ranges) {
    if (address != null) {
      for (var range : ranges) {
        if (range.has(address)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * The last of those named that is no proxy of ours; of what is no address nothing is believed.
   */
  private static InetAddress behind(
      InetAddress peer, List<String> fields, List<AddressRange> proxies) {
    var nearest = peer;
    for (var field : fields.reversed()) {
      for (int end = field.length(); end >= 0; ) {
        int comma = field.lastIndexOf(',', end - 1);
        var named = AddressRange.address(host(field.substring(comma + 1, end).strip()));
        if (named == null) {
          return nearest;
        }
        nearest = named;
        if (!among(named, proxies)) {
          return nearest;
        }
        end = comma;
      }
    }
    return nearest;
  }

  /** Without the port that some proxies add. */
  private static String host(String node) {
    if (node.startsWith("[")) {
      int bracket = node.indexOf(']');
      return bracket < 0 ? node : node.substring(1, bracket);
    }
    int colon = node.indexOf(':');
    return colon >= 0 && colon == node.lastIndexOf(':') ? node.substring(0, colon) : node;
  }

  private static @Nullable String last(List<String> fields) {
    if (fields.isEmpty()) {
      return null;
    }
    var field = fields.getLast();
    return field.substring(field.lastIndexOf(',') + 1).strip();
  }
}
