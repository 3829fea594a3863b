package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.StreamFault.Kind;
import dev.tollgate.ai.protocol.answer.AnswerReader;
import dev.tollgate.ai.protocol.answer.AnswerWriter;
import dev.tollgate.ai.protocol.answer.AnthropicMask;
import dev.tollgate.ai.protocol.answer.Tally;
import dev.tollgate.ai.protocol.answer.Untranslatable;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.MalformedJson;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a stream one by one, each of which is whole: counts what it says, writes it
 * anew where the client does not get it as it is, and finds what is wrong with it.
 */
final class EventReader {

  private static final String NO_STREAM =
      "the backend was asked for a stream, and what it answered is none";

  private final StreamStart start;
  private final boolean ndjson;
  private final SseData data = new SseData();
  private final JsonCursor cursor;
  private final AnswerReader reader;
  private final @Nullable AnthropicMask mask;
  private final @Nullable JsonOutput out;

  /** Null when the client gets whatever is said of the usage. */
  private final @Nullable UnaskedUsage unasked;

  private final Tally tally;

  /** Whether the last event came after the end of the answer. */
  private boolean late;

  private boolean hidden;
  private boolean cut;
  private @Nullable StreamFault fault;

  /**
   * @param filter changes the text; null when it stays
   * @param start of the stream
   */
  EventReader(Exchange exchange, @Nullable TextFilter filter, StreamStart start) {
    this.start = start;
    ndjson = exchange.backend().framing() == Framing.Ndjson;
    cursor = new JsonCursor(exchange.limits().depth());
    reader = AnswerReader.of(exchange.backend());
    mask =
        filter == null || exchange.client() != Dialect.AnthropicMessages || !exchange.sameDialect()
            ? null
            : new AnthropicMask(filter);
    AnswerWriter writer =
        mask != null || (exchange.sameDialect() && filter == null)
            ? null
            : AnswerWriter.of(exchange);
    out = mask != null ? mask.output() : writer == null ? null : writer.output();
    unasked = out == null && hidesUsage(exchange) ? new UnaskedUsage(cursor, data) : null;
    tally = tally(exchange, filter, writer);
  }

  private static boolean hidesUsage(Exchange exchange) {
    return !exchange.showUsage()
        && (exchange.client() == Dialect.OpenAiChat
            || exchange.client() == Dialect.OpenAiCompletions);
  }

  private static Tally tally(
      Exchange exchange, @Nullable TextFilter filter, @Nullable AnswerWriter writer) {
    if (writer == null) {
      return Tally.alone();
    }
    return Tally.before(filter == null ? writer : AnswerWriter.filtered(filter, writer), exchange);
  }

  /** What has been said so far. */
  Tally tally() {
    return tally;
  }

  /** What is written anew; null when the answer passes as it is. */
  @Nullable JsonOutput output() {
    return out;
  }

  /** Why the stream cannot be read on; null when it can. */
  @Nullable StreamFault fault() {
    return fault;
  }

  /** Whether the last event is not for a client that speaks the same dialect. */
  boolean hidden() {
    return hidden;
  }

  /** The part of the last event that is not for such a client; null when there is none. */
  @Nullable UnaskedUsage cut() {
    return cut ? unasked : null;
  }

  /** Reads an event. */
  void read(byte[] bytes, int from, int to) {
    hidden = false;
    cut = false;
    late = tally.ended();
    if (late) {
      return;
    }
    int written = out == null ? 0 : out.length();
    int usages = tally.usageMembers();
    try {
      document(bytes, from, to);
    } catch (MalformedJson | Untranslatable e) {
      fail(e, written);
      return;
    }
    if (out != null && tally.error() != null) {
      out.cut(written);
    }
    if (unasked != null && tally.usageMembers() != usages) {
      hidden = unasked.find(bytes, from, to, tally.usageFrom(), tally.usageTo());
      cut = !hidden;
    }
  }

  /** The line feed after a carriage return with which the last event ended. */
  void lineFeed() {
    if (mask != null && !late) {
      mask.lineFeed();
    }
  }

  private void document(byte[] bytes, int from, int to) {
    if (ndjson) {
      cursor.reset(bytes, from, to);
      if (!cursor.atEnd()) {
        reader.read(cursor, tally);
        start.begin();
      }
      return;
    }
    data.find(bytes, from, to);
    if (data.isEmpty()) {
      if (start.isDocument()) {
        wholeDocument(bytes, from, to);
      } else if (mask != null) {
        mask.pass(bytes, from, to);
      }
      return;
    }
    start.begin();
    if (data.isDone()) {
      if (tally.said()) {
        tally.end();
      } else {
        fail(Kind.Truncated, "the backend's stream ended before an answer began");
      }
      return;
    }
    cursor.reset(data.array(), data.from(), data.to());
    reader.read(cursor, tally);
    if (mask != null && tally.error() == null) {
      cursor.reset(data.array(), data.from(), data.to());
      mask.event(bytes, from, to, cursor);
    }
  }

  /** JSON in place of events: an error, or something that was not asked for. */
  private void wholeDocument(byte[] bytes, int from, int to) {
    cursor.reset(bytes, from, to);
    if (cursor.enterObject()) {
      while (cursor.nextMember()) {
        if (cursor.key().is("error")) {
          AnswerReader.error(cursor, tally);
        } else {
          cursor.skip();
        }
      }
    }
    if (tally.error() == null) {
      fail(Kind.NoStream, NO_STREAM);
    }
  }

  /**
   * The stream has ended; there is a fault then when that was too early.
   *
   * @return whether the answer is complete now: the model had said that it was done, and the
   *     backend left out the last mark
   */
  boolean end() {
    boolean open = fault == null && !tally.ended() && tally.error() == null;
    boolean completed = open && tally.finished() && endAnswer();
    if (open && !completed && fault == null) {
      fault = start.noStream() ? new StreamFault(Kind.NoStream, NO_STREAM) : truncated();
    } else if (fault != null && fault.kind() == Kind.Malformed) {
      fault = truncated();
    }
    return completed;
  }

  private boolean endAnswer() {
    int written = out == null ? 0 : out.length();
    try {
      tally.end();
      return true;
    } catch (Untranslatable e) {
      fail(e, written);
      return false;
    }
  }

  private static StreamFault truncated() {
    return new StreamFault(
        Kind.Truncated, "the backend's stream ended before the answer was complete");
  }

  /**
   * The answer cannot be read on; what has been written of the event it failed at does not go out.
   *
   * @param written how much had been written before
   */
  private void fail(RuntimeException e, int written) {
    if (out != null) {
      out.cut(written);
    }
    if (e instanceof Untranslatable said) {
      fail(said.tooLarge() ? Kind.TooLarge : Kind.Untranslatable, String.valueOf(e.getMessage()));
    } else if (start.noStream()) {
      fail(Kind.NoStream, NO_STREAM);
    } else {
      fail(Kind.Malformed, "an event of the backend is not JSON: " + e.getMessage());
    }
  }

  /** The answer cannot be read on. */
  void fail(Kind kind, String message) {
    fault = new StreamFault(kind, message);
  }
}
