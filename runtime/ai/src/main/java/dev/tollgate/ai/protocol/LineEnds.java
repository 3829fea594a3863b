package dev.tollgate.ai.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds where lines end, eight bytes at a time. */
final class LineEnds {

  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;

  private LineEnds() {}

  /** The index of the first LF or CR, or {@code to} where there is none. */
  static int next(byte[] bytes, int from, int to) {
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long eight = (long) EIGHT.get(bytes, i);
      long found = zeros(eight ^ ('\n' * ONES)) | zeros(eight ^ ('\r' * ONES));
      if (found != 0) {
        return i + (Long.numberOfTrailingZeros(found) >> 3);
      }
    }
    while (i < to && bytes[i] != '\n' && bytes[i] != '\r') {
      i++;
    }
    return i;
  }

  /** The high bit of each byte that is 0; others may be set, but only above one of these. */
  private static long zeros(long bytes) {
    return (bytes - ONES) & ~bytes & HIGH;
  }
}
