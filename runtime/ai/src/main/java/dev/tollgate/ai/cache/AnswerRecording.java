package dev.tollgate.ai.cache;

import dev.tollgate.ai.protocol.ResponseSink;
import dev.tollgate.ai.protocol.StreamFault;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.Usage;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** Copies a stream while it passes, so that it can be kept when it has come to its end. */
public final class AnswerRecording implements ResponseSink {

  private final RouteCache cache;
  private final AnswerKey key;
  private final ResponseSink next;
  private @Nullable ByteArrayOutputStream copy = new ByteArrayOutputStream(4 << 10);

  AnswerRecording(RouteCache cache, AnswerKey key, ResponseSink next) {
    this.cache = cache;
    this.key = key;
    this.next = next;
  }

  /** The stream has ended as it should, and everything has passed. */
  public void keep(Usage usage) {
    var whole = copy;
    copy = null;
    if (whole != null) {
      cache.keep(key, whole.toByteArray(), usage);
    }
  }

  @Override
  public void bytes(ByteBuf bytes) {
    var into = copy;
    if (into != null) {
      int length = bytes.readableBytes();
      if (into.size() + length > cache.most()) {
        copy = null; // too large to be kept
      } else {
        var piece = new byte[length];
        bytes.getBytes(bytes.readerIndex(), piece);
        into.writeBytes(piece);
      }
    }
    next.bytes(bytes);
  }

  @Override
  public void firstContent() {
    next.firstContent();
  }

  @Override
  public void completed() {
    next.completed();
  }

  @Override
  public void failed(UpstreamError error) {
    copy = null;
    next.failed(error);
  }

  @Override
  public void broken(StreamFault fault) {
    copy = null;
    next.broken(fault);
  }
}
