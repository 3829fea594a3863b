package dev.tollgate.ai.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The numbers that OpenAI's responses give their events, as they pass; other dialects have none.
 */
public final class EventNumbers {

  private static final byte[] NAME = "\"sequence_number\":".getBytes(StandardCharsets.US_ASCII);

  private final boolean numbered;
  private long next;

  /**
   * @param dialect that of the client
   */
  public EventNumbers(Dialect dialect) {
    numbered = dialect == Dialect.OpenAiResponses;
  }

  /** The number of the event that comes after those that have passed. */
  public long next() {
    return next;
  }

  /** Looks at whole events that go to the client; the buffer stays as it is. */
  public void passed(ByteBuf events) {
    if (!numbered) {
      return;
    }
    for (int at = events.writerIndex() - NAME.length; at >= events.readerIndex(); at--) {
      if (events.getByte(at) == '"' && named(events, at)) {
        next = number(events, at + NAME.length) + 1;
        return;
      }
    }
  }

  private static boolean named(ByteBuf events, int at) {
    // within a text the quote would have a backslash before it
    if (at > events.readerIndex() && events.getByte(at - 1) == '\\') {
      return false;
    }
    for (int i = 0; i < NAME.length; i++) {
      if (events.getByte(at + i) != NAME[i]) {
        return false;
      }
    }
    return true;
  }

  private static long number(ByteBuf events, int from) {
    long number = 0;
    for (int at = from; at < events.writerIndex(); at++) {
      byte b = events.getByte(at);
      if (b >= '0' && b <= '9') {
        number = number * 10 + (b - '0');
      } else if (b != ' ') {
        break;
      }
    }
    return number;
  }
}
