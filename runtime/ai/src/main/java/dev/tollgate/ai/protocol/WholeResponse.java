package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.StreamFault.Kind;
import dev.tollgate.ai.protocol.answer.Tally;
import dev.tollgate.ai.protocol.answer.Untranslatable;
import dev.tollgate.ai.protocol.answer.WholeAnswer;
import dev.tollgate.ai.protocol.json.MalformedJson;
import org.jspecify.annotations.Nullable;

/** What has come of the body of an answer that was not streamed. */
public sealed interface WholeResponse {

  /**
   * The answer.
   *
   * @param body for the client; the array that was given where nothing had to be changed
   * @param usage its tokens
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Complete(byte[] body, Usage usage) implements WholeResponse {}

  /** The body tells of an error. */
  record Failed(UpstreamError error) implements WholeResponse {}

  /** The body cannot be read or translated. */
  record Broken(StreamFault fault) implements WholeResponse {}

  /**
   * Reads the body of an answer.
   *
   * @param filter changes its text; null when it stays
   * @throws IllegalArgumentException when the backend speaks OpenAI's responses, which have no
   *     filter
   */
  static WholeResponse read(Exchange exchange, @Nullable TextFilter filter, byte[] body) {
    if (filter != null) {
      exchange.requireFilterable();
    }
    try {
      WholeAnswer.Read read = WholeAnswer.read(exchange, filter, body);
      Tally tally = read.tally();
      UpstreamError error = tally.error();
      if (error == null && !tally.said()) {
        return new Broken(
            new StreamFault(Kind.Malformed, "the backend's answer has nothing that an answer has"));
      }
      return error == null
          ? new Complete(
              read.body(), tally.usage(TokenEstimator.byVocabulary(), exchange.countedInput()))
          : new Failed(error);
    } catch (MalformedJson e) {
      return new Broken(
          new StreamFault(Kind.Malformed, "the backend's answer is not JSON: " + e.getMessage()));
    } catch (Untranslatable e) {
      return new Broken(
          new StreamFault(
              e.tooLarge() ? Kind.TooLarge : Kind.Untranslatable, String.valueOf(e.getMessage())));
    }
  }
}
