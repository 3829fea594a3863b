import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Opens streams at a steady rate and times their tokens.
 *
 * <p>{@code java -cp 'runtime/app/target/lib/*' Streams.java PORT PATH MODEL RATE COUNT
 * [AUTHORIZATION]} opens COUNT streams, RATE a second, each on a connection of its own, and prints
 * one line of JSON: streams, errors, the most open at once, time to the first token (p50, p99, in
 * microseconds), and the time between tokens (p50, p99).
 */
final class Streams {

  private static final byte[] DATA = "\"content\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private static final List<Long> FIRST = Collections.synchronizedList(new ArrayList<>());
  private static final List<Long> BETWEEN = Collections.synchronizedList(new ArrayList<>());
  private static final AtomicInteger OPEN = new AtomicInteger();
  private static final AtomicInteger MOST = new AtomicInteger();
  private static final AtomicInteger ERRORS = new AtomicInteger();

  private Streams() {}

  public static void main(String[] args) throws InterruptedException {
    var port = Integer.parseInt(args[0]);
    var rate = Integer.parseInt(args[3]);
    var count = Integer.parseInt(args[4]);
    var body =
        "{\"model\":\"%s\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Say 32 tokens.\"}]}"
            .formatted(args[2]);
    var request =
        ("POST " + args[1] + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + (args.length > 5 ? "Authorization: Bearer " + args[5] + "\r\n" : "")
                + "Content-Length: " + body.length() + "\r\n\r\n" + body)
            .getBytes(StandardCharsets.US_ASCII);
    var left = new CountDownLatch(count);
    var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var bootstrap =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(new Reader(request, left));
                  }
                });
    var start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      var due = start + i * 1_000_000_000L / rate;
      for (long wait; (wait = due - System.nanoTime()) > 0; ) {
        TimeUnit.NANOSECONDS.sleep(wait);
      }
      bootstrap
          .connect("127.0.0.1", port)
          .addListener(done -> {
            if (!done.isSuccess()) {
              ERRORS.incrementAndGet();
              left.countDown();
            }
          });
    }
    left.await(180, TimeUnit.SECONDS);
    System.out.printf(
        Locale.ROOT,
        "{\"streams\":%d,\"errors\":%d,\"mostOpen\":%d,\"first50\":%d,\"first99\":%d,\"between50\":%d,\"between99\":%d}%n",
        count,
        ERRORS.get() + (int) left.getCount(),
        MOST.get(),
        at(FIRST, 0.5),
        at(FIRST, 0.99),
        at(BETWEEN, 0.5),
        at(BETWEEN, 0.99));
    System.exit(0);
  }

  private static long at(List<Long> times, double share) {
    if (times.isEmpty()) {
      return -1;
    }
    Collections.sort(times);
    return times.get((int) Math.min(times.size() - 1, times.size() * share)) / 1000;
  }

  private static final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
    private final byte[] request;
    private final CountDownLatch left;
    private long sent;
    private long last;
    private int matched;
    private boolean ended;

    Reader(byte[] request, CountDownLatch left) {
      this.request = request;
      this.left = left;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      MOST.accumulateAndGet(OPEN.incrementAndGet(), Math::max);
      sent = System.nanoTime();
      context.writeAndFlush(Unpooled.wrappedBuffer(request));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
      var now = System.nanoTime();
      if (find(bytes, DATA)) {
        (last == 0 ? FIRST : BETWEEN).add(now - (last == 0 ? sent : last));
        last = now;
      }
      if (done(bytes)) {
        end(context.channel(), last == 0);
      }
    }

    /** Whether the last mark is whole now; it may come in two reads. */
    private boolean done(ByteBuf bytes) {
      for (int i = bytes.readerIndex(); i < bytes.writerIndex() && matched < DONE.length; i++) {
        var next = bytes.getByte(i);
        matched = next == DONE[matched] ? matched + 1 : next == DONE[0] ? 1 : 0;
      }
      return matched == DONE.length;
    }

    private static boolean find(ByteBuf bytes, byte[] what) {
      var from = bytes.readerIndex();
      var to = bytes.writerIndex() - what.length;
      for (int i = from; i <= to; i++) {
        var at = 0;
        while (at < what.length && bytes.getByte(i + at) == what[at]) {
          at++;
        }
        if (at == what.length) {
          return true;
        }
      }
      return false;
    }

    private void end(Channel channel, boolean failed) {
      if (ended) {
        return;
      }
      ended = true;
      OPEN.decrementAndGet();
      if (failed) {
        ERRORS.incrementAndGet();
      }
      left.countDown();
      channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end(context.channel(), true);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end(context.channel(), true);
    }
  }
}
