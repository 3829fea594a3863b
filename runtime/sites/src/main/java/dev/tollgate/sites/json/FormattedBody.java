package dev.tollgate.sites.json;

import dev.tollgate.engine.json.JsonError;
import dev.tollgate.engine.json.JsonFormatter;
import dev.tollgate.engine.json.JsonSink;
import dev.tollgate.sites.json.JsonHistory.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The formatted document, produced while it is read from the request: whoever reads this stream
 * pulls the document in, so a slow reader slows the sender down and memory stays constant.
 *
 * <p>A document that proves wrong ends the stream in an {@link IOException}, upon which the server
 * breaks the connection off: nobody must take half an answer for a whole one. One thread reads at a
 * time; any may close.
 */
final class FormattedBody extends InputStream {
  /** How much is formatted before the first byte is sent, so that most errors get a status. */
  static final int LEAD = 64 * 1024;

  /**
   * Bytes given to the formatter at once. A byte of the document can become a line's whole indent,
   * so this keeps what is formatted but not sent yet below 1.1 MB at depth 512 and indent 8.
   */
  private static final int STEP = 256;

  private final MeasuredBody document;
  private final JsonFormatter formatter;
  private final Consumer<Outcome> whenEnded;

  private final byte[] input = new byte[8192];
  private int inputAt;
  private int inputEnd;

  private byte[] ready = new byte[LEAD + 16 * 1024];
  private int readyAt;
  private int readyEnd;

  private final AtomicBoolean told = new AtomicBoolean();
  private volatile boolean ended;
  private @Nullable IOException failure;

  /**
   * Begins a formatted document.
   *
   * @param formatter makes the formatter for the sink it is given
   * @param whenEnded told once what came of it
   */
  FormattedBody(
      MeasuredBody document,
      Function<JsonSink, JsonFormatter> formatter,
      Consumer<Outcome> whenEnded) {
    this.document = document;
    this.formatter = formatter.apply(this::keep);
    this.whenEnded = whenEnded;
  }

  /**
   * Formats up to {@link #LEAD} bytes ahead. Call it before the first read.
   *
   * @throws IOException when the document cannot be read or is too large; nothing was sent then
   */
  void lead() throws IOException {
    while (!ended && readyEnd - readyAt < LEAD) {
      step();
    }
    if (failure != null && formatter.error() == null) {
      throw failure;
    }
  }

  /** What is wrong with the document, as far as it was read. */
  @Nullable JsonError error() {
    return formatter.error();
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended && readyAt == readyEnd) {
      step();
    }
    if (failure != null) {
      throw failure;
    }
    if (readyAt == readyEnd) {
      return -1;
    }
    int count = Math.min(length, readyEnd - readyAt);
    System.arraycopy(ready, readyAt, bytes, offset, count);
    readyAt += count;
    if (readyAt == readyEnd) {
      readyAt = 0;
      readyEnd = 0;
    }
    return count;
  }

  @Override
  public int available() {
    return readyEnd - readyAt;
  }

  @Override
  public void close() throws IOException {
    ended = true;
    if (told.compareAndSet(false, true)) {
      // the server may close from its event loop, which must not wait for a database
      Thread.ofVirtual().name("json-aborted").start(() -> whenEnded.accept(Outcome.ABORTED));
    }
    document.close();
  }

  private void step() {
    try {
      if (inputAt == inputEnd) {
        inputAt = 0;
        inputEnd = Math.max(0, document.read(input, 0, input.length));
        if (inputEnd == 0) {
          endOfDocument();
          return;
        }
      }
    } catch (IOException e) {
      failure = e;
      end(e instanceof MeasuredBody.TooLargeException ? Outcome.TOO_LARGE : Outcome.ABORTED);
      return;
    }
    int count = Math.min(STEP, inputEnd - inputAt);
    if (!formatter.feed(input, inputAt, count)) {
      invalid();
    }
    inputAt += count;
  }

  private void endOfDocument() {
    if (formatter.finish()) {
      end(Outcome.DONE);
    } else {
      invalid();
    }
  }

  private void invalid() {
    var error = formatter.error();
    // without the error's pointer: names in the document are nobody's business who reads the logs
    failure =
        new IOException(
            "the document is not JSON, seen at byte " + (error == null ? "?" : error.offset()));
    end(Outcome.INVALID);
  }

  private void end(Outcome outcome) {
    ended = true;
    if (told.compareAndSet(false, true)) {
      whenEnded.accept(outcome);
    }
  }

  private void keep(byte[] bytes, int offset, int length) {
    if (ready.length - readyEnd < length) {
      int unread = readyEnd - readyAt;
      byte[] target =
          ready.length - unread < length
              ? new byte[Math.max(2 * ready.length, unread + length)]
              : ready;
      System.arraycopy(ready, readyAt, target, 0, unread);
      ready = target;
      readyAt = 0;
      readyEnd = unread;
    }
    System.arraycopy(bytes, offset, ready, readyEnd, length);
    readyEnd += length;
  }
}
