package dev.tollgate.crd.value;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Addresses that begin alike, as CIDR notation has them (RFC 4632, 3.1; RFC 4291, 2.3): {@code
 * 192.0.2.0/24}, {@code 2001:db8::/32}; without a length it is one address.
 *
 * @param network the first of them
 * @param length how many leading bits they have in common
 */
public record AddressRange(InetAddress network, int length) {

  /** Reads one; null where the text is none, or has bits behind its length. */
  public static @Nullable AddressRange of(String text) {
    int slash = text.indexOf('/');
    InetAddress network = address(slash < 0 ? text : text.substring(0, slash));
    if (network == null) {
      return null;
    }
    int most = network.getAddress().length * 8;
    int length = slash < 0 ? most : length(text.substring(slash + 1));
    return length < 0 || length > most || !zero(network.getAddress(), length, most)
        ? null
        : new AddressRange(network, length);
  }

  /** Reads an address as numbers; null where the text is none. No name is looked up. */
  public static @Nullable InetAddress address(String text) {
    try {
      return text.indexOf('%') >= 0 ? null : InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException none) {
      return null;
    }
  }

  public boolean has(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    for (int i = 0; i < mine.length; i++) {
      other[i] ^= mine[i];
    }
    return zero(other, 0, length);
  }

  private static int length(String digits) {
    return digits.matches("[0-9]{1,3}") ? Integer.parseInt(digits) : -1;
  }

  /** Whether the bits from one up to another are all 0. */
  private static boolean zero(byte[] address, int from, int to) {
    for (int i = from; i < to; i++) {
      if ((address[i >> 3] >> (7 - (i & 7)) & 1) != 0) {
        return false;
      }
    }
    return true;
  }
}
