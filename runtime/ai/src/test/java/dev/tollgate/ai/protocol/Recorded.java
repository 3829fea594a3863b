package dev.tollgate.ai.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A sink that writes down what it is told, in order. */
final class Recorded implements ResponseSink {

  /** The text of the bytes before the first content, then of all. */
  private final StringBuilder bytes = new StringBuilder();

  final List<String> calls = new ArrayList<>();
  int beforeContent = -1;
  int pieces;

  String text() {
    return bytes.toString();
  }

  @Override
  public void bytes(ByteBuf part) {
    // the tests' streams are cut anywhere: one byte is one character until the end
    bytes.append(part.toString(StandardCharsets.ISO_8859_1));
    part.release();
    pieces++;
  }

  String utf8() {
    return new String(
        bytes.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  @Override
  public void firstContent() {
    calls.add("firstContent");
    beforeContent = bytes.length();
  }

  @Override
  public void completed() {
    calls.add("completed");
  }

  @Override
  public void failed(UpstreamError error) {
    calls.add("failed " + error.message());
  }

  @Override
  public void broken(StreamFault fault) {
    calls.add("broken " + fault.kind());
  }
}
