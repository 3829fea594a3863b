package dev.tollgate.engine.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** Scans and formats whole documents, cut into chunks of a given size. */
final class Scan {
  private Scan() {}

  static @Nullable JsonError errorOf(String document) {
    return errorOf(document.getBytes(UTF_8), Integer.MAX_VALUE, JsonLimits.DEFAULT);
  }

  /** The document given byte by byte, so that it need not be UTF-8. */
  static @Nullable JsonError errorOfBytes(String latin1) {
    return errorOf(latin1.getBytes(ISO_8859_1), Integer.MAX_VALUE, JsonLimits.DEFAULT);
  }

  static @Nullable JsonError errorOf(byte[] document, int chunk, JsonLimits limits) {
    var scanner = new JsonScanner(limits, JsonTokens.NONE);
    for (int at = 0; at < document.length; at += Math.min(chunk, document.length - at)) {
      scanner.feed(document, at, Math.min(chunk, document.length - at));
    }
    scanner.finish();
    return scanner.error();
  }

  /** Indent 0 minifies. */
  static String format(String document, int indent, int chunk) {
    var out = new ByteArrayOutputStream();
    var limits = JsonLimits.DEFAULT;
    var formatter =
        indent == 0
            ? JsonFormatter.minifying(limits, out::write)
            : JsonFormatter.indenting(limits, indent, out::write);
    byte[] bytes = document.getBytes(UTF_8);
    for (int at = 0; at < bytes.length; at += Math.min(chunk, bytes.length - at)) {
      formatter.feed(bytes, at, Math.min(chunk, bytes.length - at));
    }
    if (!formatter.finish()) {
      throw new IllegalArgumentException(String.valueOf(formatter.error()));
    }
    return out.toString(UTF_8);
  }
}
