package dev.tollgate.core.metering;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Gives the same string for the same bytes while it remembers it: the entries of the usage log name
 * the same tenants, routes and plans again and again. Remembers what is ASCII. Belongs to one
 * thread.
 */
final class Names {

  private static final int SLOTS = 1024;

  private final @Nullable String[] known = new String[SLOTS];

  String of(byte[] in, int from, int length) {
    if (length == 0) {
      return "";
    }
    var hash = 0;
    for (int i = from; i < from + length; i++) {
      hash = 31 * hash + in[i];
    }
    var slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    var name = known[slot];
    if (name == null || !same(name, in, from, length)) {
      name = new String(in, from, length, StandardCharsets.UTF_8);
      known[slot] = name;
    }
    return name;
  }

  private static boolean same(String name, byte[] in, int from, int length) {
    if (name.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name.charAt(i) != in[from + i]) { // a byte that is not ASCII is negative
        return false;
      }
    }
    return true;
  }
}
