package dev.tollgate.ai.guard;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.json.JsonText;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Masks the texts of a request; every other byte, also of the same strings, stays as it is. */
final class RequestMask {

  private record Cut(int from, int to, String word) {}

  private RequestMask() {}

  /**
   * @return null when nothing is masked
   */
  static byte @Nullable [] mask(Masking masking, Dialect dialect, byte[] body) {
    List<Cut> cuts = new ArrayList<>();
    RequestTexts.read(
        dialect,
        body,
        text -> {
          find(masking, text, cuts);
          return true;
        });
    if (cuts.isEmpty()) {
      return null;
    }
    var out = new ByteArrayOutputStream(body.length + 64);
    int copied = 0;
    for (Cut cut : cuts) {
      out.write(body, copied, cut.from() - copied);
      out.writeBytes(cut.word().getBytes(StandardCharsets.US_ASCII));
      copied = cut.to();
    }
    out.write(body, copied, body.length - copied);
    return out.toByteArray();
  }

  private static void find(Masking masking, JsonText text, List<Cut> cuts) {
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
