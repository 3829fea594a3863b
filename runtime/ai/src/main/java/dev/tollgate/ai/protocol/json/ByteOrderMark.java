package dev.tollgate.ai.protocol.json;

import java.util.Arrays;

/** UTF-8's mark of the byte order, which some servers send first. It is no part of the text. */
public final class ByteOrderMark {

  private static final byte[] UTF_8 = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /** In bytes. */
  public static final int LENGTH = UTF_8.length;

  private ByteOrderMark() {}

  /** Whether a byte is that of the mark at a place in it. */
  public static boolean has(int place, byte value) {
    return UTF_8[place] == value;
  }

  /** A text without it, which is the very array that was given where it has none. */
  public static byte[] without(byte[] text) {
    boolean marked = text.length >= LENGTH && Arrays.equals(text, 0, LENGTH, UTF_8, 0, LENGTH);
    return marked ? Arrays.copyOfRange(text, LENGTH, text.length) : text;
  }
}
