package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.StreamFault.Kind;
import dev.tollgate.ai.protocol.answer.AnswerReader;
import dev.tollgate.ai.protocol.answer.AnswerWriter;
import dev.tollgate.ai.protocol.answer.AnthropicMask;
import dev.tollgate.ai.protocol.answer.Tally;
import dev.tollgate.ai.protocol.answer.Untranslatable;
import dev.tollgate.ai.protocol.answer.WholeAnswer;
import dev.tollgate.ai.protocol.json.ByteOrderMark;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.MalformedJson;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the stream of one answer as it comes from a backend and gives the client's stream to a
 * {@link ResponseSink}.
 *
 * <p>Where both speak the same dialect, whole events are passed on as slices of what was fed; only
 * an event that lies across the border of two chunks is copied, and what OpenAI's events say of the
 * usage is left out for clients that did not ask for it. Where they differ, each event is
 * translated as it comes. How the stream was cut into chunks makes no difference to the bytes that
 * come out.
 *
 * <p>A reader belongs to one answer and is used by one thread at a time. It needs not be closed.
 */
public final class ResponseReader {

  private static final int SCRATCH_KEPT = 256 << 10;
  private static final byte[] NOTHING = {};

  private static final String NO_STREAM =
      "the backend was asked for a stream, and what it answered is none";

  /** Where chunks outside the heap are copied to be looked at; taken out while it is in use. */
  private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>();

  private final Exchange exchange;
  private final ResponseSink sink;
  private final EventCutter cutter;
  private final SseData data = new SseData();
  private final JsonCursor cursor;
  private final AnswerReader reader;
  private final @Nullable AnthropicMask mask;

  /** What is written anew; null when the answer passes as it is. */
  private final @Nullable JsonOutput out;

  /** Null when the client gets whatever is said of the usage. */
  private final @Nullable UnaskedUsage unasked;

  /** What goes out of the chunk that is read; empty while all of it can go out as it came. */
  private final JsonOutput cut = new JsonOutput(0);

  private final Tally tally;
  private byte[] part = NOTHING;
  private int partLength;
  private boolean announced;

  /** Whether the last event is not for the client. */
  private boolean lastHidden;

  /** Whether a part of it is not. */
  private boolean lastCut;

  private int firstByte;

  /** How much of a mark of the byte order the stream began with; all of it when none can come. */
  private int marked;

  private boolean begun;
  private boolean closed;
  private @Nullable StreamFault fault;

  private ResponseReader(Exchange exchange, @Nullable TextFilter filter, ResponseSink sink) {
    this.exchange = exchange;
    this.sink = sink;
    this.cutter = new EventCutter(exchange.backend().framing());
    this.cursor = new JsonCursor(exchange.limits().depth());
    this.reader = AnswerReader.of(exchange.backend());
    this.mask =
        filter == null || exchange.client() != Dialect.AnthropicMessages || !exchange.sameDialect()
            ? null
            : new AnthropicMask(filter);
    AnswerWriter writer =
        mask != null || (exchange.sameDialect() && filter == null)
            ? null
            : AnswerWriter.of(exchange);
    this.out = mask != null ? mask.output() : writer == null ? null : writer.output();
    this.unasked = out == null && hidesUsage(exchange) ? new UnaskedUsage(cursor, data) : null;
    this.tally = tally(exchange, filter, writer);
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

  /** A reader for the stream of a new answer. */
  public static ResponseReader of(Exchange exchange, ResponseSink sink) {
    return new ResponseReader(exchange, null, sink);
  }

  /**
   * A reader for a stream whose text is changed while it passes. Each event is written anew, also
   * where both speak the same dialect, unless that is Anthropic's: there only what is changed is.
   *
   * @throws IllegalArgumentException when the backend speaks OpenAI's responses, which are not
   *     written anew
   */
  public static ResponseReader of(Exchange exchange, TextFilter filter, ResponseSink sink) {
    requireText(exchange);
    return new ResponseReader(exchange, filter, sink);
  }

  private static void requireText(Exchange exchange) {
    if (exchange.backend() == Dialect.OpenAiResponses) {
      throw new IllegalArgumentException("answers of " + exchange.backend() + " have no filter");
    }
  }

  /** Reads the body of an answer that was not streamed. */
  public static WholeResponse readWhole(Exchange exchange, byte[] body) {
    return readWhole(exchange, body, null);
  }

  /** Reads the body of an answer that was not streamed, and changes its text. */
  public static WholeResponse readWhole(Exchange exchange, TextFilter filter, byte[] body) {
    requireText(exchange);
    return readWhole(exchange, body, filter);
  }

  private static WholeResponse readWhole(
      Exchange exchange, byte[] body, @Nullable TextFilter filter) {
    try {
      WholeAnswer.Read read = WholeAnswer.read(exchange, filter, body);
      Tally tally = read.tally();
      UpstreamError error = tally.error();
      if (error == null && !tally.said()) {
        return new WholeResponse.Broken(
            new StreamFault(Kind.Malformed, "the backend's answer has nothing that an answer has"));
      }
      return error == null
          ? new WholeResponse.Complete(
              read.body(), tally.usage(TokenEstimator.byVocabulary(), exchange.countedInput()))
          : new WholeResponse.Failed(error);
    } catch (MalformedJson e) {
      return new WholeResponse.Broken(
          new StreamFault(Kind.Malformed, "the backend's answer is not JSON: " + e.getMessage()));
    } catch (Untranslatable e) {
      return new WholeResponse.Broken(
          new StreamFault(
              e.tooLarge() ? Kind.TooLarge : Kind.Untranslatable, String.valueOf(e.getMessage())));
    }
  }

  /**
   * Reads a chunk to its end. The buffer stays the caller's: slices of it that the sink gets are
   * retained.
   */
  public void feed(ByteBuf chunk) {
    int length = chunk.readableBytes();
    if (closed || length == 0) {
      chunk.skipBytes(length);
      return;
    }
    if (chunk.hasArray()) {
      read(chunk, chunk.array(), chunk.arrayOffset() + chunk.readerIndex(), length);
    } else {
      byte[] scratch = SCRATCH.get();
      SCRATCH.remove();
      if (scratch == null || scratch.length < length) {
        scratch = new byte[Math.max(8 << 10, length)];
      }
      chunk.getBytes(chunk.readerIndex(), scratch, 0, length);
      read(chunk, scratch, 0, length);
      if (scratch.length <= SCRATCH_KEPT) {
        SCRATCH.set(scratch);
      }
    }
    chunk.skipBytes(length);
  }

  /** The backend's stream has ended; the sink is told when it ended too early. */
  public void end() {
    if (closed) {
      return;
    }
    if (partLength > 0 && !tally.ended()) {
      // some leave out the empty line after the last event
      completedPart();
    }
    if (!closed && !tally.ended() && tally.finished()) {
      endAnswer();
    }
    flush();
    if (fault == null && !tally.ended() && tally.error() == null) {
      fault = noStream() ? new StreamFault(Kind.NoStream, NO_STREAM) : truncated();
    } else if (fault != null && fault.kind() == Kind.Malformed) {
      fault = truncated();
    }
    closed = true;
    conclude();
  }

  private static StreamFault truncated() {
    return new StreamFault(
        Kind.Truncated, "the backend's stream ended before the answer was complete");
  }

  /** The model has said that it is done, and the backend left out the last mark. */
  private void endAnswer() {
    int written = out == null ? 0 : out.length();
    try {
      tally.end();
      sink.completed();
    } catch (Untranslatable e) {
      fail(e, written);
    }
  }

  /** The tokens so far, with what is not known yet taken by its bytes; costs next to nothing. */
  public Usage soFar() {
    return tally.usage(TokenEstimator.byBytes(), exchange::inputTokens);
  }

  /** The tokens at the end, with what is not known counted by the vocabulary. */
  public Usage usage() {
    return tally.usage(TokenEstimator.byVocabulary(), exchange.countedInput());
  }

  /** Whether the model has said that it is done. */
  public boolean finished() {
    return tally.finished() || tally.ended();
  }

  /** Whether anything of the answer itself has come. */
  public boolean contentSeen() {
    return tally.content();
  }

  /** Bytes of text, reasoning and tools' arguments so far. */
  public long contentBytes() {
    return tally.contentBytes();
  }

  /** Events with such content so far; with most servers one a token. */
  public long contentPieces() {
    return tally.pieces();
  }

  private void read(ByteBuf chunk, byte[] bytes, int offset, int length) {
    int toIndex = chunk.readerIndex() - offset;
    int to = offset + length;
    if (firstByte == 0) {
      firstByte = firstByte(bytes, offset, to);
    }
    int at = afterMark(bytes, offset, to);
    int sent = at;
    if (at == to) {
      return;
    }
    if (partLength == 0 && cutter.halfEnded() && bytes[at] == '\n') {
      // the second half of the line end that closed the last event
      int _ = cutter.next(bytes, at, at + 1);
      at++;
      sent = lastHidden ? at : sent;
    }
    if (partLength > 0) {
      at = completePart(bytes, at, to);
      sent = at;
    }
    while (at < to && !closed) {
      int end = cutter.next(bytes, at, to);
      if (tooLarge((end < 0 ? to : end) - at)) {
        break;
      }
      if (end < 0) {
        keep(bytes, at, to);
        break;
      }
      event(bytes, at, end);
      if (closed) {
        break;
      }
      boolean first = out == null && !announced && tally.content();
      if (first || lastHidden) {
        pass(chunk, bytes, sent, at, toIndex);
        sent = lastHidden ? end : at;
      }
      if (first) {
        announce();
      }
      if (unasked != null && lastCut) {
        cut.raw(bytes, sent, unasked.from());
        sent = unasked.to();
      }
      at = end;
    }
    pass(chunk, bytes, sent, at, toIndex);
    flush();
    conclude();
  }

  /** Where a chunk goes on after the mark that a stream may begin with, which is no part of it. */
  private int afterMark(byte[] bytes, int from, int to) {
    int at = from;
    while (marked < ByteOrderMark.LENGTH) {
      if (at == to) {
        return at;
      }
      if (!ByteOrderMark.has(marked, bytes[at])) {
        marked = ByteOrderMark.LENGTH;
      } else {
        at++;
        marked++;
      }
    }
    return at;
  }

  /**
   * The first byte that is no white space, nor of a mark of the byte order; 0 when none is there.
   */
  private static int firstByte(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] > ' ') {
        return bytes[i];
      }
    }
    return 0;
  }

  /** Adds to the event of which a part has come before; gives where the next event begins. */
  private int completePart(byte[] bytes, int at, int to) {
    int end = cutter.next(bytes, at, to);
    int until = end < 0 ? to : end;
    if (!tooLarge(partLength + until - at)) {
      keep(bytes, at, until);
      if (end >= 0) {
        completedPart();
      }
    }
    return until;
  }

  private void completedPart() {
    byte[] whole = part;
    int length = partLength;
    part = NOTHING;
    partLength = 0;
    event(whole, 0, length);
    if (closed || out != null) {
      return;
    }
    if (!announced && tally.content()) {
      announce();
    }
    if (unasked != null && lastCut) {
      emit(cut.raw(whole, 0, unasked.from()).raw(whole, unasked.to(), length).take());
    } else if (!lastHidden) {
      sink.bytes(Unpooled.wrappedBuffer(whole, 0, length));
    }
  }

  /**
   * Looks at one event; the reader is closed after it when it cannot be read or tells of an error.
   */
  private void event(byte[] bytes, int from, int to) {
    lastHidden = false;
    lastCut = false;
    if (tally.ended()) {
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
    if (fault != null) {
      return;
    }
    if (tally.error() != null) {
      closed = true;
      return;
    }
    if (out != null && !announced && tally.content()) {
      emit(out.take(written));
      announce();
    }
    if (tally.ended()) {
      sink.completed();
    }
    if (unasked != null && tally.usageMembers() != usages) {
      lastHidden = unasked.find(bytes, from, to, tally.usageFrom(), tally.usageTo());
      lastCut = !lastHidden;
    }
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
    } else if (noStream()) {
      fail(Kind.NoStream, NO_STREAM);
    } else {
      fail(Kind.Malformed, "an event of the backend is not JSON: " + e.getMessage());
    }
  }

  private void document(byte[] bytes, int from, int to) {
    if (exchange.backend().framing() == Framing.Ndjson) {
      cursor.reset(bytes, from, to);
      if (!cursor.atEnd()) {
        reader.read(cursor, tally);
        begun = true;
      }
      return;
    }
    data.find(bytes, from, to);
    if (data.isEmpty()) {
      if (firstByte == '{' && !begun) {
        wholeDocument(bytes, from, to);
      } else if (mask != null) {
        mask.pass(bytes, from, to);
      }
      return;
    }
    begun = true;
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

  /** Whether what came can be no stream of the backend's, by its first byte. */
  private boolean noStream() {
    if (begun || firstByte == 0) {
      return false;
    }
    // names of fields, and comments
    String first = exchange.backend().framing() == Framing.Ndjson ? "{" : "deir:";
    return first.indexOf(firstByte) < 0;
  }

  private void announce() {
    announced = true;
    sink.firstContent();
  }

  private boolean tooLarge(int bytes) {
    int most = exchange.limits().eventBytes();
    if (bytes <= most) {
      return false;
    }
    fail(Kind.TooLarge, "an event of the backend is larger than " + most + " bytes");
    return true;
  }

  private void fail(Kind kind, String message) {
    fault = new StreamFault(kind, message);
    closed = true;
  }

  /** Tells how the stream failed, after everything that came before has gone out. */
  private void conclude() {
    UpstreamError error = tally.error();
    if (closed && error != null) {
      sink.failed(error);
    } else if (closed && fault != null) {
      sink.broken(fault);
    }
  }

  private void keep(byte[] bytes, int from, int to) {
    int needed = partLength + to - from;
    if (needed > part.length) {
      part =
          Arrays.copyOf(
              part, Math.max(needed, Math.min(2 * part.length, exchange.limits().eventBytes())));
    }
    System.arraycopy(bytes, from, part, partLength, to - from);
    partLength = needed;
  }

  private void pass(ByteBuf chunk, byte[] bytes, int from, int to, int toIndex) {
    if (cut.length() > 0) {
      emit(cut.raw(bytes, from, to).take());
    } else if (out == null && to > from) {
      sink.bytes(chunk.retainedSlice(from + toIndex, to - from));
    }
  }

  private void flush() {
    if (out != null && out.length() > 0) {
      emit(out.take());
    }
  }

  private void emit(byte[] bytes) {
    if (bytes.length > 0) {
      sink.bytes(Unpooled.wrappedBuffer(bytes));
    }
  }
}
