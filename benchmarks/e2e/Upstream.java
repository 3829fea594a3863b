import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The API behind the gateways that are measured: as little work a request as can be.
 *
 * <p>{@code GET /NAME/small} answers 100 bytes of JSON, {@code /NAME/64k} 64 KiB, {@code /NAME/sse}
 * ten events, 100 ms apart. {@code GET /counts} tells how many requests each NAME has had.
 *
 * <p>Run with {@code java -cp 'runtime/app/target/lib/*' benchmarks/e2e/Upstream.java}; prints its
 * port.
 */
final class Upstream extends UpstreamServer {

  private static final ByteBuf SMALL = bytes(small());
  private static final ByteBuf LARGE = bytes("x".repeat(1 << 16));
  private static final Map<String, LongAdder> COUNTS = new ConcurrentHashMap<>();
  private static final int EVENTS = 10;

  private static String small() {
    var text = "{\"city\":\"Graz\",\"temperature\":21,\"wind\":\"SW\",\"text\":\"";
    return text + "-".repeat(98 - text.length()) + "\"}";
  }

  public static void main(String[] args) throws InterruptedException {
    serve(1024, Upstream::new);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (message instanceof HttpRequest request) {
      answer(context, request);
    }
  }

  private void answer(ChannelHandlerContext context, HttpRequest request) {
    var path = request.uri();
    var slash = path.indexOf('/', 1);
    if (slash < 0) {
      respond(context, request, HttpResponseStatus.OK, bytes(counts()));
      return;
    }
    COUNTS.computeIfAbsent(path.substring(1, slash), n -> new LongAdder()).increment();
    switch (path.substring(slash)) {
      case "/small" -> respond(context, request, HttpResponseStatus.OK, SMALL.duplicate());
      case "/64k" -> respond(context, request, HttpResponseStatus.OK, LARGE.duplicate());
      case "/sse" -> events(context);
      default -> respond(context, request, HttpResponseStatus.NOT_FOUND, Unpooled.EMPTY_BUFFER);
    }
  }

  private static String counts() {
    var all = new TreeMap<String, Long>();
    COUNTS.forEach((name, count) -> all.put("\"" + name + "\"", count.sum()));
    return all.toString().replace('=', ':');
  }

  private static void respond(
      ChannelHandlerContext context, HttpRequest request, HttpResponseStatus status, ByteBuf body) {
    var future = json(context, status, body);
    if (!HttpUtil.isKeepAlive(request)) {
      future.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static void events(ChannelHandlerContext context) {
    beginEvents(context);
    context.flush();
    event(context, 0);
  }

  private static void event(ChannelHandlerContext context, int number) {
    if (number == EVENTS) {
      context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
      return;
    }
    context.writeAndFlush(new DefaultHttpContent(bytes("data: " + number + "\n\n")));
    context.executor().schedule(() -> event(context, number + 1), 100, TimeUnit.MILLISECONDS);
  }
}
