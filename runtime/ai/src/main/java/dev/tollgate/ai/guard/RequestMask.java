package dev.tollgate.ai.guard;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.ai.protocol.ArgumentsFilter;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.TextFilter.Kind;
import dev.tollgate.ai.protocol.TextFilter.Lane;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Masks the texts of a request; every other byte, also of the same strings, stays as it is. Only
 * arguments of tools in which something is masked are written anew, because they are JSON, also
 * where they are in a string.
 */
final class RequestMask implements RequestTexts.Reader {

  private static final Lane ARGUMENTS = Lane.of(0, Kind.Argument);

  private record Cut(int from, int to, String word) {}

  private final Masking masking;
  private final List<Cut> cuts = new ArrayList<>();
  private boolean found;

  private RequestMask(Masking masking) {
    this.masking = masking;
  }

  /**
   * @return null when nothing is masked
   */
  static byte @Nullable [] mask(Masking masking, Dialect dialect, byte[] body) {
    var mask = new RequestMask(masking);
    RequestTexts.read(dialect, body, mask);
    return mask.cuts.isEmpty() ? null : mask.cut(body);
  }

  private byte[] cut(byte[] body) {
    var out = new ByteArrayOutputStream(body.length + 64);
    int copied = 0;
    cuts.sort(Comparator.comparingInt(Cut::from));
    for (Cut cut : cuts) {
      out.write(body, copied, cut.from() - copied);
      out.writeBytes(cut.word().getBytes(UTF_8));
      copied = cut.to();
    }
    out.write(body, copied, body.length - copied);
    return out.toByteArray();
  }

  @Override
  public boolean text(JsonText text) {
    var literal = new Literal(text);
    int _ =
        masking.scan(
            text.decoded(),
            Recogniser.START,
            Recogniser.START,
            true,
            (from, to, word) -> {
              int first = literal.offset(from);
              cuts.add(new Cut(first, literal.offset(to), word));
            });
    return true;
  }

  @Override
  public boolean arguments(JsonText json) {
    var masked = masked(json.decoded());
    if (found) {
      var quoted = new String(new JsonOutput(masked.length() + 16).string(masked).take(), UTF_8);
      cuts.add(new Cut(json.from(), json.to(), quoted.substring(1, quoted.length() - 1)));
    }
    return true;
  }

  @Override
  public boolean arguments(byte[] body, int from, int to) {
    var masked = masked(new String(body, from, to - from, UTF_8));
    if (found) {
      cuts.add(new Cut(from, to, masked));
    }
    return true;
  }

  private String masked(String json) {
    found = false;
    return ArgumentsFilter.whole(new MaskFilter(masking, () -> found = true), ARGUMENTS, json);
  }

  /** From the characters of a string to the bytes that its literal has for them. */
  private static final class Literal {
    private final byte[] bytes;
    private int chars;
    private int at;

    Literal(JsonText text) {
      bytes = text.array();
      at = text.from();
    }

    /** Where the character begins; asked for in rising order. */
    int offset(int index) {
      while (chars < index) {
        byte b = bytes[at];
        if (b == '\\') {
          at += bytes[at + 1] == 'u' ? 6 : 2;
          chars++;
        } else {
          int length = b >= 0 ? 1 : (b & 0xE0) == 0xC0 ? 2 : (b & 0xF0) == 0xE0 ? 3 : 4;
          at += length;
          chars += length == 4 ? 2 : 1;
        }
      }
      return at;
    }
  }
}
