package dev.tollgate.ai.guard;

import dev.tollgate.ai.protocol.ResponseSink;
import dev.tollgate.ai.protocol.StreamFault;
import dev.tollgate.ai.protocol.UpstreamError;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;

/** The bytes of an answer, and whether it came to its end. */
final class Gathered implements ResponseSink {
  final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  boolean completed;

  @Override
  public void bytes(ByteBuf part) {
    var piece = new byte[part.readableBytes()];
    part.readBytes(piece);
    bytes.writeBytes(piece);
    part.release();
  }

  @Override
  public void firstContent() {}

  @Override
  public void completed() {
    completed = true;
  }

  @Override
  public void failed(UpstreamError error) {}

  @Override
  public void broken(StreamFault fault) {}
}
