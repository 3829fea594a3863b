package dev.tollgate.engine.experiment;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH64 as in <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">its
 * specification</a>: fast, well mixed, no protection against someone who looks for collisions.
 */
final class XxHash64 {

  private static final long P1 = 0x9E3779B185EBCA87L;
  private static final long P2 = 0xC2B2AE3D27D4EB4FL;
  private static final long P3 = 0x165667B19E3779F9L;
  private static final long P4 = 0x85EBCA77C2B2AE63L;
  private static final long P5 = 0x27D4EB2F165667C5L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private XxHash64() {}

  static long hash(byte[] data, long seed) {
    var at = 0;
    var end = data.length;
    long h;
    if (end >= 32) {
      var v1 = seed + P1 + P2;
      var v2 = seed + P2;
      var v3 = seed;
      var v4 = seed - P1;
      for (; at <= end - 32; at += 32) {
        v1 = round(v1, (long) LONG.get(data, at));
        v2 = round(v2, (long) LONG.get(data, at + 8));
        v3 = round(v3, (long) LONG.get(data, at + 16));
        v4 = round(v4, (long) LONG.get(data, at + 24));
      }
      h =
          Long.rotateLeft(v1, 1)
              + Long.rotateLeft(v2, 7)
              + Long.rotateLeft(v3, 12)
              + Long.rotateLeft(v4, 18);
      h = merge(h, v1);
      h = merge(h, v2);
      h = merge(h, v3);
      h = merge(h, v4);
    } else {
      h = seed + P5;
    }
    h += end;
    for (; at <= end - 8; at += 8) {
      h = Long.rotateLeft(h ^ round(0, (long) LONG.get(data, at)), 27) * P1 + P4;
    }
    if (at <= end - 4) {
      h = Long.rotateLeft(h ^ ((int) INT.get(data, at) & 0xFFFFFFFFL) * P1, 23) * P2 + P3;
      at += 4;
    }
    for (; at < end; at++) {
      h = Long.rotateLeft(h ^ (data[at] & 0xFF) * P5, 11) * P1;
    }
    return avalanche(h);
  }

  /** The last step of XXH64, which alone turns a number into a well mixed one. */
  static long avalanche(long h) {
    h = (h ^ h >>> 33) * P2;
    h = (h ^ h >>> 29) * P3;
    return h ^ h >>> 32;
  }

  private static long round(long acc, long input) {
    return Long.rotateLeft(acc + input * P2, 31) * P1;
  }

  private static long merge(long h, long v) {
    return (h ^ round(0, v)) * P1 + P4;
  }
}
