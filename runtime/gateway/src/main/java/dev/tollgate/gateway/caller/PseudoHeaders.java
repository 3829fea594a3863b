package dev.tollgate.gateway.caller;

import dev.tollgate.gateway.http.AsciiWords;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Headers.PseudoHeaderName;
import org.jspecify.annotations.Nullable;

/** What a request of HTTP/2 says in place of a first line (RFC 9113, 8.3.1). */
final class PseudoHeaders {

  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

  private PseudoHeaders() {}

  /** What is wrong with them; null where they say what is asked for. */
  static @Nullable String malformed(Http2Headers headers) {
    for (var name :
        new PseudoHeaderName[] {
          PseudoHeaderName.METHOD, PseudoHeaderName.SCHEME, PseudoHeaderName.PATH
        }) {
      var values = headers.valueIterator(name.value());
      if (!values.hasNext() || values.next().isEmpty() || values.hasNext()) {
        return "a request has exactly one " + name.value();
      }
    }
    if (!AsciiWords.of(headers.method(), TOKEN_SIGNS)) {
      return "the method is not a word";
    }
    return target(headers.path()) ? null : "the path is not one";
  }

  private static boolean target(CharSequence path) {
    return (path.charAt(0) == '/' || path.toString().equals("*"))
        && path.chars().allMatch(c -> c > ' ' && c != 0x7f);
  }
}
