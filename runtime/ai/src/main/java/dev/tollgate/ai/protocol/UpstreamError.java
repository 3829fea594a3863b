package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.answer.AnswerReader;
import dev.tollgate.ai.protocol.answer.Tally;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.MalformedJson;
import org.jspecify.annotations.Nullable;

/**
 * An error that a backend tells of in the body of its answer.
 *
 * @param type the provider's own word for the kind, such as {@code overloaded_error}
 * @param message its sentence for people
 * @param code its code, such as {@code rate_limit_exceeded}
 */
public record UpstreamError(@Nullable String type, String message, @Nullable String code) {

  private static final int DEPTH = 32;

  /**
   * Reads the body of an answer whose status is an error, in any of the protocols.
   *
   * @return an error without a type and code when the body says nothing that is known
   */
  public static UpstreamError read(byte[] body) {
    var cursor = new JsonCursor(DEPTH);
    cursor.reset(body, 0, body.length);
    var tally = Tally.alone();
    String message = null;
    try {
      if (!cursor.atEnd() && cursor.enterObject()) {
        while (cursor.nextMember()) {
          if (cursor.key().is("error")) {
            AnswerReader.error(cursor, tally);
          } else if (cursor.key().is("message") || cursor.key().is("detail")) {
            message = cursor.string().decoded();
          } else {
            cursor.skip();
          }
        }
      }
    } catch (MalformedJson e) {
      // a page of a proxy in between, which is of no use to the client
      return new UpstreamError(null, "The backend's error is not JSON.", null);
    }
    UpstreamError error = tally.error();
    if (error != null) {
      return error;
    }
    return new UpstreamError(
        null,
        message == null || message.isEmpty() ? "The backend gave no message." : message,
        null);
  }
}
