package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.TextFilter;
import dev.tollgate.ai.protocol.json.ByteOrderMark;
import dev.tollgate.ai.protocol.json.JsonCursor;
import org.jspecify.annotations.Nullable;

/** Translates an answer that was not streamed. */
public final class WholeAnswer {

  private WholeAnswer() {}

  /**
   * @param filter changes the text; null when it stays
   * @return the tally of what was read, and the body in the client's dialect, which is the very
   *     array that was given where that is the backend's and has no mark of the byte order
   * @throws dev.tollgate.ai.protocol.json.MalformedJson when the body is not JSON
   * @throws Untranslatable when the client's dialect cannot say it
   */
  public static Read read(Exchange exchange, @Nullable TextFilter filter, byte[] came) {
    byte[] body = ByteOrderMark.without(came);
    var cursor = new JsonCursor(exchange.limits().depth());
    cursor.reset(body, 0, body.length);
    boolean anthropic = exchange.client() == Dialect.AnthropicMessages;
    boolean same =
        exchange.sameDialect() && (filter == null || anthropic || exchange.client().embedding());
    var answer = new Answer(exchange);
    Parts parts = filter == null ? answer : new FilteredParts(filter, answer);
    var tally = same ? Tally.alone() : Tally.before(parts, exchange);
    AnswerReader.of(exchange.backend()).read(cursor, tally);
    cursor.end();
    if (tally.error() == null && tally.said()) {
      tally.end(); // some servers leave out why the model stopped
    }
    if (same && anthropic && filter != null && tally.error() == null) {
      cursor.reset(body, 0, body.length);
      return new Read(tally, AnthropicMask.whole(filter, body, cursor));
    }
    if (same || tally.error() != null) {
      return new Read(tally, body);
    }
    if (exchange.client().embedding()) {
      cursor.reset(body, 0, body.length);
      return new Read(tally, EmbeddingsTranslation.translate(exchange, cursor, answer));
    }
    return new Read(tally, new WholeAnswerWriter(exchange, answer).write());
  }

  /** What has come of a body. */
  public static final class Read {
    private final Tally tally;
    private final byte[] body;

    private Read(Tally tally, byte[] body) {
      this.tally = tally;
      this.body = body;
    }

    public Tally tally() {
      return tally;
    }

    public byte[] body() {
      return body;
    }
  }
}
