package dev.tollgate.engine.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * The arrays and objects that are open, and where in each of them the scanner stands.
 *
 * <p>Names of members are kept as written, one after the other in one array, and decoded only when
 * an error wants its pointer. All arrays grow to what the document needs, up to the limits.
 */
final class JsonPath {
  private static final long OBJECT = -1;

  private final JsonLimits limits;
  private int depth;

  /** Per level: the index of the current element of an array, or {@link #OBJECT}. */
  private long[] index = new long[8];

  /** Per level: where in {@link #names} the name of the current member begins. */
  private int[] nameStart = new int[8];

  /** Per level: whether the name of the current member was longer than what is kept. */
  private boolean[] nameCut = new boolean[8];

  private byte[] names = new byte[64];
  private int namesEnd;

  JsonPath(JsonLimits limits) {
    this.limits = limits;
  }

  int depth() {
    return depth;
  }

  boolean full() {
    return depth == limits.maxDepth();
  }

  boolean inObject() {
    return depth > 0 && index[depth - 1] == OBJECT;
  }

  void open(boolean object) {
    if (depth == index.length) {
      int size = Math.min(limits.maxDepth(), 2 * depth);
      index = Arrays.copyOf(index, size);
      nameStart = Arrays.copyOf(nameStart, size);
      nameCut = Arrays.copyOf(nameCut, size);
    }
    index[depth] = object ? OBJECT : 0;
    nameStart[depth] = namesEnd;
    nameCut[depth] = false;
    depth++;
  }

  void close() {
    depth--;
    namesEnd = nameStart[depth];
  }

  void nextElement() {
    index[depth - 1]++;
  }

  void beginName() {
    namesEnd = nameStart[depth - 1];
    nameCut[depth - 1] = false;
  }

  /** A piece of the current member's name, without quotation marks, escapes as written. */
  void name(byte[] bytes, int offset, int length) {
    int room = limits.maxKeyBytes() - (namesEnd - nameStart[depth - 1]);
    int kept = Math.min(room, length);
    if (kept < length) {
      nameCut[depth - 1] = true;
    }
    if (names.length - namesEnd < kept) {
      names = Arrays.copyOf(names, Math.max(2 * names.length, namesEnd + kept));
    }
    System.arraycopy(bytes, offset, names, namesEnd, kept);
    namesEnd += kept;
  }

  /**
   * The pointer of the current member or element, or of the innermost array or object.
   *
   * @param toValue whether the last step, into the innermost array or object, belongs to it
   */
  String pointer(boolean toValue) {
    var pointer = new StringBuilder();
    int steps = toValue ? depth : depth - 1;
    for (int level = 0; level < steps; level++) {
      pointer.append('/');
      if (index[level] != OBJECT) {
        pointer.append(index[level]);
        continue;
      }
      int end = level + 1 < depth ? nameStart[level + 1] : namesEnd;
      String name = decode(nameStart[level], end, nameCut[level]);
      pointer.append(name.replace("~", "~0").replace("/", "~1"));
      if (nameCut[level]) {
        pointer.append('…');
      }
    }
    return pointer.toString();
  }

  private String decode(int from, int to, boolean cut) {
    int end = cut ? startOfBrokenCharacter(from, to) : to;
    String written = new String(names, from, end - from, UTF_8);
    var decoded = new StringBuilder(written.length());
    int at = 0;
    while (at < written.length()) {
      char c = written.charAt(at++);
      if (c != '\\') {
        decoded.append(c);
        continue;
      }
      if (at == written.length() || (written.charAt(at) == 'u' && at + 5 > written.length())) {
        break; // the cut went through an escape
      }
      char escape = written.charAt(at++);
      if (escape == 'u') {
        decoded.append((char) Integer.parseInt(written, at, at + 4, 16));
        at += 4;
      } else {
        decoded.append(unescape(escape));
      }
    }
    return withoutLoneSurrogates(decoded);
  }

  /** Where a UTF-8 sequence begins that the cut left incomplete; {@code to} if there is none. */
  private int startOfBrokenCharacter(int from, int to) {
    int start = to - 1;
    while (start > from && (names[start] & 0xC0) == 0x80) {
      start--;
    }
    if (start < from || names[start] >= 0) {
      return to;
    }
    int lead = names[start] & 0xFF;
    int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    return to - start < length ? start : to;
  }

  private static char unescape(char escape) {
    return switch (escape) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> escape;
    };
  }

  /** JSON can write half of a surrogate pair as an escape; no encoding of the pointer could. */
  private static String withoutLoneSurrogates(CharSequence text) {
    var clean = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }
}
