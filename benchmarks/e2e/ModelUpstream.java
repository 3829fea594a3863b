import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A server of OpenAI's chat completions that costs as little as can be: 32 tokens an answer. A body
 * with {@code "stream":true} is streamed, each token an event and a write of its own. Under the
 * path {@code /paced} a token comes every 20 ms, under {@code /slow} one a second.
 *
 * <p>{@code GET /counts} tells how many calls it has had. Run with {@code java -cp
 * 'runtime/app/target/lib/*' benchmarks/e2e/ModelUpstream.java}; prints its port.
 */
final class ModelUpstream extends UpstreamServer {

  private static final int TOKENS = 32;
  private static final LongAdder CALLS = new LongAdder();
  private static final ByteBuf TOKEN = event(choice("{\"content\":\" token\"}", "null"));
  private static final ByteBuf STOP = event(choice("{}", "\"stop\""));
  private static final ByteBuf USAGE =
      event(head() + "\"choices\":[],\"usage\":" + usage() + "}");
  private static final ByteBuf DONE = event("[DONE]");
  private static final ByteBuf WHOLE =
      bytes(
          "{\"id\":\"c1\",\"object\":\"chat.completion\",\"created\":1767225600,\"model\":\"m\",\"choices\":"
              + "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
              + " token".repeat(TOKENS)
              + "\"},\"finish_reason\":\"stop\"}],\"usage\":"
              + usage()
              + "}");

  private String path = "";
  private boolean stream;

  private static String head() {
    return "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"m\",";
  }

  private static String choice(String delta, String finish) {
    return head()
        + "\"choices\":[{\"index\":0,\"delta\":"
        + delta
        + ",\"finish_reason\":"
        + finish
        + "}]}";
  }

  private static String usage() {
    return "{\"prompt_tokens\":12,\"completion_tokens\":32,\"total_tokens\":44}";
  }

  private static ByteBuf event(String data) {
    return bytes("data: " + data + "\n\n");
  }

  public static void main(String[] args) throws InterruptedException {
    serve(16384, ModelUpstream::new);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (message instanceof HttpRequest request) {
      path = request.uri();
      stream = false;
    }
    if (message instanceof HttpContent content) {
      stream |= content.content().toString(StandardCharsets.US_ASCII).contains("\"stream\":true");
      if (message instanceof LastHttpContent) {
        answer(context);
      }
    }
  }

  private void answer(ChannelHandlerContext context) {
    if (!path.endsWith("/chat/completions")) {
      var models = path.endsWith("/models") ? "{\"data\":[{\"id\":\"m\"}]}" : CALLS.toString();
      json(context, HttpResponseStatus.OK, bytes(models));
      return;
    }
    CALLS.increment();
    if (!stream) {
      json(context, HttpResponseStatus.OK, WHOLE.duplicate());
      return;
    }
    beginEvents(context);
    var millis = path.startsWith("/paced") ? 20 : path.startsWith("/slow") ? 1000 : 0;
    if (millis > 0) {
      token(context, 0, millis);
      return;
    }
    for (int i = 0; i < TOKENS; i++) {
      context.writeAndFlush(new DefaultHttpContent(TOKEN.duplicate()));
    }
    end(context);
  }

  private static void token(ChannelHandlerContext context, int number, int millis) {
    if (!context.channel().isActive()) {
      return;
    }
    if (number == TOKENS) {
      end(context);
      return;
    }
    context.writeAndFlush(new DefaultHttpContent(TOKEN.duplicate()));
    context.executor().schedule(
        () -> token(context, number + 1, millis), millis, TimeUnit.MILLISECONDS);
  }

  private static void end(ChannelHandlerContext context) {
    context.write(new DefaultHttpContent(STOP.duplicate()));
    context.write(new DefaultHttpContent(USAGE.duplicate()));
    context.write(new DefaultHttpContent(DONE.duplicate()));
    context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
  }
}
