package dev.tollgate.gateway.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SmallChunksTest {

  private final Reads reads = new Reads();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @BeforeEach
  void connect() {
    channel.freezeTime();
    channel.config().setAutoRead(false);
    channel.pipeline().addLast(reads, new SmallChunks());
  }

  @AfterEach
  void nothingIsLost() {
    assertThat(channel.finishAndReleaseAll()).isFalse();
  }

  @Test
  void theChunksOfOneReadAreOne() {
    comes(head(), chunk("a"), chunk("b"), chunk("c"));

    assertThat(passed()).containsExactly("head", "abc");
  }

  @Test
  void aLargeChunkGoesItsOwnWay() {
    var large = "x".repeat(5000);
    comes(head(), chunk("a"), chunk(large), chunk("b"), LastHttpContent.EMPTY_LAST_CONTENT);

    assertThat(passed()).containsExactly("head", "a", large, "b", "end");
  }

  @Test
  void tokensThatComeAtTheirPaceAreReadAtOnce() {
    comes(head(), chunk("a"));
    for (var i = 0; i < 5; i++) {
      channel.read();
      assertThat(reads.taken()).isEqualTo(1);
      channel.advanceTimeBy(SmallChunks.QUICK, TimeUnit.NANOSECONDS);
      comes(chunk("b"));
    }
    assertThat(passed()).containsExactly("head", "a", "b", "b", "b", "b", "b");
  }

  @Test
  void tokensThatComeQuicklyAreReadTogether() {
    comes(head(), chunk("a"));
    channel.advanceTimeBy(SmallChunks.PAUSE / 5, TimeUnit.NANOSECONDS);
    channel.read();
    assertThat(reads.taken()).as("the second read is told quick by nothing").isEqualTo(1);
    comes(chunk("b"));
    assertThat(passed()).as("what has come does not wait").containsExactly("head", "a", "b");

    channel.advanceTimeBy(SmallChunks.PAUSE / 5, TimeUnit.NANOSECONDS);
    channel.read();
    channel.read();
    assertThat(reads.taken()).isZero();
    channel.advanceTimeBy(SmallChunks.PAUSE * 3 / 5, TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
    assertThat(reads.taken()).isZero();
    channel.advanceTimeBy(SmallChunks.PAUSE / 5, TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
    assertThat(reads.taken()).as("once, at the end of the pause").isEqualTo(1);
  }

  @Test
  void aClientThatTookItsTimeHasWaitedEnough() {
    quickly();
    channel.advanceTimeBy(SmallChunks.PAUSE, TimeUnit.NANOSECONDS);
    channel.read();

    assertThat(reads.taken()).isEqualTo(1);
    assertThat(passed()).containsExactly("head", "a", "b");
  }

  @Test
  void theNextAnswerOfAConnectionIsReadAtOnce() {
    quickly();
    comes(chunk("c"), LastHttpContent.EMPTY_LAST_CONTENT);
    channel.read();
    assertThat(reads.taken()).isEqualTo(1);

    comes(head(), chunk("d"));
    channel.read();
    assertThat(reads.taken()).isEqualTo(1);
    assertThat(passed()).containsExactly("head", "a", "b", "c", "end", "head", "d");
  }

  private void quickly() {
    comes(head(), chunk("a"));
    comes(chunk("b"));
  }

  private void comes(Object... messages) {
    for (var message : messages) {
      channel.pipeline().fireChannelRead(message);
    }
    channel.pipeline().fireChannelReadComplete();
  }

  private static HttpResponse head() {
    return new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
  }

  private static HttpContent chunk(String text) {
    return new DefaultHttpContent(Unpooled.copiedBuffer(text, UTF_8));
  }

  private List<String> passed() {
    var texts = new ArrayList<String>();
    for (Object message; (message = channel.readInbound()) != null; ) {
      texts.add(
          switch (message) {
            case HttpResponse _ -> "head";
            case LastHttpContent _ -> "end";
            case HttpContent content -> content.content().toString(UTF_8);
            default -> throw new AssertionError(message);
          });
      ReferenceCountUtil.release(message);
    }
    return texts;
  }

  /** Counts the reads that are asked of the connection. */
  private static final class Reads extends ChannelOutboundHandlerAdapter {
    private int count;

    @Override
    public void read(ChannelHandlerContext context) {
      count++;
    }

    int taken() {
      var taken = count;
      count = 0;
      return taken;
    }
  }
}
