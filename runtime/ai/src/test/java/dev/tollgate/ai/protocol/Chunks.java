package dev.tollgate.ai.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;

/** Feeds a stream in chunks, and sees that each is released and read to its end. */
final class Chunks {

  private Chunks() {}

  static void feed(ResponseReader reader, byte[] stream, List<Integer> sizes, boolean direct) {
    int at = 0;
    for (int i = 0; at < stream.length; i++) {
      int size = Math.min(sizes.get(i % sizes.size()), stream.length - at);
      ByteBuf chunk = direct ? Unpooled.directBuffer(size + 3) : Unpooled.buffer(size + 3);
      chunk.writeZero(3).skipBytes(3).writeBytes(stream, at, size);
      reader.feed(chunk);
      assertThat(chunk.isReadable()).isFalse();
      assertThat(chunk.release()).isTrue();
      at += size;
    }
  }
}
