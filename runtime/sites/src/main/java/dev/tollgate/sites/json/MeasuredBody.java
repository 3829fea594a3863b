package dev.tollgate.sites.json;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** A request's body that counts what was read of it and ends in an exception beyond a size. */
final class MeasuredBody extends FilterInputStream {
  private final long maxSize;
  private final LongConsumer counter;
  private long size;

  /**
   * @param counter is told of all bytes as they are read
   */
  MeasuredBody(InputStream body, long maxSize, LongConsumer counter) {
    super(body);
    this.maxSize = maxSize;
    this.counter = counter;
  }

  /** Bytes read so far. */
  long size() {
    return size;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = in.read(bytes, offset, length);
    if (count > 0) {
      size += count;
      counter.accept(count);
      if (size > maxSize) {
        throw new TooLargeException(maxSize);
      }
    }
    return count;
  }

  @Override
  public long skip(long count) {
    throw new UnsupportedOperationException("every byte is to be counted");
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /** The body is larger than is accepted. */
  static final class TooLargeException extends IOException {
    TooLargeException(long maxSize) {
      super("The body is larger than " + maxSize + " bytes");
    }
  }
}
