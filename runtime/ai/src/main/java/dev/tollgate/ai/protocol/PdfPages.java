package dev.tollgate.ai.protocol;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Counts the pages of a PDF in Base64: its objects of the type {@code Page}, those that are packed
 * in streams of objects among them. A PDF that hides them has none.
 */
final class PdfPages {

  /** Bytes that all streams of objects of a PDF are unpacked to at most. */
  private static final int MOST_UNPACKED = 8 << 20;

  /** Bytes in which the type of a page stands, with room for spaces. */
  private static final int CUT = 32;

  private final byte[] bytes;
  private final int length;
  private final byte[] objects = new byte[64 << 10];
  private int pages;
  private int unpacked;

  private PdfPages(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  /**
   * The pages of what stands in a part of a text.
   *
   * @param from where the Base64 begins, or the address of data ({@code data:}) that it is in
   * @return 0 when it is no PDF
   */
  static int of(byte[] text, int from, int to) {
    int begin = from;
    if (starts(text, from, to, "data:")) {
      while (begin < to && text[begin] != ',') {
        begin++;
      }
    }
    try {
      // passes over what is no Base64: the comma, and the backslash before an escaped slash
      var decoded = Base64.getMimeDecoder().decode(ByteBuffer.wrap(text, begin, to - begin));
      var pdf = new PdfPages(decoded.array(), decoded.limit());
      return starts(pdf.bytes, 0, pdf.length, "%PDF") ? pdf.count() : 0;
    } catch (IllegalArgumentException notBase64) {
      return 0;
    }
  }

  private int count() {
    int i = after("/Type", 0);
    while (i >= 0) {
      int name = pastSpace(bytes, i, length);
      if (isPage(bytes, name, length)) {
        pages++;
      } else if (starts(bytes, name, length, "/ObjStm")) {
        i = after("stream", name);
        if (i < 0) {
          break;
        }
        unpack(i + (starts(bytes, i, length, "\r\n") ? 2 : 1));
      }
      i = after("/Type", i);
    }
    return pages;
  }

  /** Counts the pages in a stream of objects that begins at a place. */
  private void unpack(int place) {
    var inflater = new Inflater();
    try {
      inflater.setInput(bytes, Math.min(place, length), Math.max(0, length - place));
      int kept = 0;
      while (unpacked < MOST_UNPACKED) {
        int n = inflater.inflate(objects, kept, objects.length - kept);
        int end = kept + n;
        // what may be cut in two at the end is looked at again with what follows
        int sure = n == 0 ? end : Math.max(0, end - CUT);
        countNamed(sure, end);
        if (n == 0) {
          return;
        }
        unpacked += n;
        kept = end - sure;
        System.arraycopy(objects, sure, objects, 0, kept);
      }
    } catch (DataFormatException notPacked) {
      // what came before counts
    } finally {
      inflater.end();
    }
  }

  /** Counts the pages among unpacked objects whose type begins before a place. */
  private void countNamed(int before, int end) {
    for (int i = 0; i < before; i++) {
      if (objects[i] == '/'
          && starts(objects, i, end, "/Type")
          && isPage(objects, pastSpace(objects, i + 5, end), end)) {
        pages++;
      }
    }
  }

  private static boolean isPage(byte[] in, int at, int end) {
    return starts(in, at, end, "/Page")
        && (at + 5 == end || !Character.isLetterOrDigit(in[at + 5]));
  }

  private static int pastSpace(byte[] in, int at, int end) {
    int place = at;
    while (place < end && in[place] >= 0 && in[place] <= ' ') {
      place++;
    }
    return place;
  }

  /** The place behind the next such text; -1 when there is none. */
  private int after(String wanted, int from) {
    for (int i = from; i <= length - wanted.length(); i++) {
      if (bytes[i] == wanted.charAt(0) && starts(bytes, i, length, wanted)) {
        return i + wanted.length();
      }
    }
    return -1;
  }

  private static boolean starts(byte[] in, int at, int end, String text) {
    if (at + text.length() > end) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (in[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
