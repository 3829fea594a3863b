package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.StreamFault.Kind;
import dev.tollgate.ai.protocol.answer.Tally;
import dev.tollgate.ai.protocol.json.JsonOutput;
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

  /** Where chunks outside the heap are copied to be looked at; taken out while it is in use. */
  private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>();

  private final Exchange exchange;
  private final ResponseSink sink;
  private final StreamStart start;
  private final EventCutter cutter;
  private final EventReader events;
  private final Tally tally;

  /** What is written anew; null when the answer passes as it is. */
  private final @Nullable JsonOutput out;

  /** What goes out of the chunk that is read; empty while all of it can go out as it came. */
  private final JsonOutput cut = new JsonOutput(0);

  private byte[] part = NOTHING;
  private int partLength;
  private boolean announced;
  private boolean closed;

  private ResponseReader(Exchange exchange, @Nullable TextFilter filter, ResponseSink sink) {
    this.exchange = exchange;
    this.sink = sink;
    start = new StreamStart(exchange.backend().framing());
    cutter = new EventCutter(exchange.backend().framing());
    events = new EventReader(exchange, filter, start);
    tally = events.tally();
    out = events.output();
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
    exchange.requireFilterable();
    return new ResponseReader(exchange, filter, sink);
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
    if (events.end()) {
      sink.completed();
    }
    flush();
    closed = true;
    conclude();
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
    int at = start.skip(bytes, offset, to);
    int sent = at;
    if (at == to) {
      return;
    }
    if (partLength == 0 && cutter.halfEnded() && bytes[at] == '\n') {
      // the second half of the line end that closed the last event
      int _ = cutter.next(bytes, at, at + 1);
      at++;
      sent = events.hidden() ? at : sent;
      events.lineFeed();
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
      if (first || events.hidden()) {
        pass(chunk, bytes, sent, at, toIndex);
        sent = events.hidden() ? end : at;
      }
      if (first) {
        announce();
      }
      UnaskedUsage unasked = events.cut();
      if (unasked != null) {
        cut.raw(bytes, sent, unasked.from());
        sent = unasked.to();
      }
      at = end;
    }
    pass(chunk, bytes, sent, at, toIndex);
    flush();
    conclude();
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
    UnaskedUsage unasked = events.cut();
    if (unasked != null) {
      emit(cut.raw(whole, 0, unasked.from()).raw(whole, unasked.to(), length).take());
    } else if (!events.hidden()) {
      sink.bytes(Unpooled.wrappedBuffer(whole, 0, length));
    }
  }

  /**
   * Looks at one event; the reader is closed after it when it cannot be read or tells of an error.
   */
  private void event(byte[] bytes, int from, int to) {
    boolean before = tally.ended();
    int written = out == null ? 0 : out.length();
    events.read(bytes, from, to);
    if (events.fault() != null || tally.error() != null) {
      closed = true;
      return;
    }
    if (out != null && !announced && tally.content()) {
      emit(out.take(written));
      announce();
    }
    if (tally.ended() && !before) {
      sink.completed();
    }
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
    events.fail(Kind.TooLarge, "an event of the backend is larger than " + most + " bytes");
    closed = true;
    return true;
  }

  /** Tells how the stream failed, after everything that came before has gone out. */
  private void conclude() {
    UpstreamError error = tally.error();
    StreamFault fault = events.fault();
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
