package dev.tollgate.gateway.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request, as far as its way here tells.
 *
 * @param address null where it is not known
 * @param secure whether it came over TLS
 */
public record Caller(@Nullable InetAddress address, boolean secure) {

  /** How many bytes of an address of IPv6 are the same for all that one customer has. */
  private static final int NETWORK_BYTES = 8;

  /**
   * What is counted for one caller: an address of IPv4, or the /64 of one of IPv6, all of whose
   * addresses are as a rule one customer's (RFC 6177).
   */
  public String network() {
    if (address == null) {
      return "";
    }
    if (!(address instanceof Inet6Address)) {
      return address.getHostAddress();
    }
    return HexFormat.of().formatHex(address.getAddress(), 0, NETWORK_BYTES) + "/64";
  }

  /** As a backend is told of it (RFC 7239), with the host that was asked for. */
  public String forwarded(@Nullable String host) {
    return "for="
        + node()
        + (host == null ? "" : ";host=\"" + host + "\"")
        + ";proto="
        + (secure ? "https" : "http");
  }

  private String node() {
    if (address == null) {
      return "unknown";
    }
    var text = address.getHostAddress();
    return address instanceof Inet6Address ? "\"[" + text + "]\"" : text;
  }
}
