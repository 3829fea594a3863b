package dev.tollgate.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which trailers pass the gateway, and to whom. */
@NullUnmarked
class TrailersTest {

  @TempDir Path manifests;
  @TempDir Path data;
  private final CompletableFuture<String> heard = new CompletableFuture<>();
  private Http2BackendServer http2;
  private ServerSocket http1;
  private RunningRuntime runtime;

  @BeforeEach
  void start() throws Exception {
    http2 = Http2BackendServer.plain();
    http1 = new ServerSocket(0);
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            """
            apiVersion: tollgate.dev/v1alpha1
            kind: ApiRoute
            metadata: {name: two}
            spec: {match: {path: /two}, cache: {for: 60s}, backends: [{name: one, url: "h2c://localhost:%d"}]}
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ApiRoute
            metadata: {name: one}
            spec: {match: {path: /one}, backends: [{name: one, url: "http://localhost:%d"}]}
            """
                .formatted(http2.port(), http1.getLocalPort()),
            Map.of());
  }

  @AfterEach
  void stop() throws Exception {
    runtime.close();
    http2.close();
    http1.close();
  }

  @Test
  void thoseOfBothSidesPassFromHttp2ToHttp2() throws Exception {
    for (var pieces : new int[] {0, 1, 3}) {
      var answer = overHttp2(pieces);
      assertThat(answer.body()).isEqualTo("body");
      assertThat(answer.trailers()).containsEntry("followed", "of " + pieces);
      assertThat(answer.trailers()).containsEntry("asked", "trailers");
      assertThat(answer.trailers()).as("no trailer").doesNotContainKey("cache-control");
    }
  }

  @Test
  void aCallerOfHttp1GetsThoseThatHeAsksFor() throws Exception {
    assertThat(overHttp1("POST /two/trailers", "TE: trailers", "Content-Length: 0"))
        .endsWith("4\r\nbody\r\n0\r\nasked: trailers\r\nfollowed: none\r\n\r\n");
    assertThat(overHttp1("POST /two/trailers", "Content-Length: 0"))
        .contains("body")
        .doesNotContain("asked");
  }

  @Test
  void anAnswerWithTrailersIsNotKeptByTheCache() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(overHttp1("GET /two/trailers", "TE: trailers")).endsWith("followed: none\r\n\r\n");
    }
  }

  @Test
  void thoseOfPipelinedAnswersFollowTheirOwn() throws Exception {
    var more =
        "GET /two/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nTE: trailers\r\n\r\n";
    var key = runtime.key("acme");
    try (var socket = runtime.begin("acme", "GET /two/trailers", "TE: trailers")) {
      socket.setSoTimeout(10_000);
      var asked = more.formatted("hello", key) + more.formatted("trailers", key);
      socket.getOutputStream().write(asked.getBytes(US_ASCII));
      var all = new StringBuilder();
      while (!all.toString()
          .matches("(?s).*followed: none\r\n\r\n.*hello.*followed: none\r\n\r\n")) {
        all.append((char) socket.getInputStream().read());
      }
      assertThat(all.toString().split("asked: trailers", -1)).hasSize(3);
    }
  }

  @Test
  void thoseOfABackendOfHttp1PassToWhoAsksForThem() throws Exception {
    Thread.ofVirtual().start(this::answerOnce);
    assertThat(overHttp1("GET /one/", "TE: trailers", "Connection: TE, close"))
        .endsWith("4\r\nbody\r\n0\r\nchecksum: 1\r\n\r\n");
    assertThat(heard.get(10, TimeUnit.SECONDS))
        .containsIgnoringCase("TE: trailers\r\n")
        .containsPattern("(?i)connection: keep-alive, TE\r\n");
  }

  private void answerOnce() {
    try (var socket = http1.accept()) {
      var head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        head.append((char) socket.getInputStream().read());
      }
      heard.complete(head.toString());
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nChecksum: 1\r\n\r\n"
                  .getBytes(US_ASCII));
      var _ = socket.getInputStream().read();
    } catch (Exception e) {
      heard.completeExceptionally(e);
    }
  }

  private String overHttp1(String request, String... headers) throws Exception {
    try (var socket = runtime.begin("acme", request, headers)) {
      socket.setSoTimeout(10_000);
      var all = new StringBuilder();
      while (!all.toString().matches("(?s).*(\\r\\n0\\r\\n(.+\\r\\n)*\\r\\n|\\r\\n\\r\\nbody)")) {
        all.append((char) socket.getInputStream().read());
      }
      return all.toString();
    }
  }

  private record Got(String body, Map<String, String> trailers) {}

  /** A request whose body comes in so many pieces, each of its own packet, and has trailers. */
  private Got overHttp2(int pieces) throws Exception {
    var answer = new CompletableFuture<Got>();
    try (var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory())) {
      var connection =
          new Bootstrap()
              .group(loops)
              .channel(NioSocketChannel.class)
              .handler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                      connection
                          .pipeline()
                          .addLast(
                              Http2FrameCodecBuilder.forClient().build(),
                              new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                    }
                  })
              .connect("localhost", runtime.port)
              .sync()
              .channel();
      var stream = new Http2StreamChannelBootstrap(connection).open().sync().getNow();
      stream
          .pipeline()
          .addLast(
              new Http2StreamFrameToHttpObjectCodec(false),
              new HttpObjectAggregator(1 << 20),
              new Answer(answer));
      var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/two/trailers");
      head.headers()
          .set("Host", "localhost:" + runtime.port)
          .set("TE", "trailers")
          .set("Authorization", "Bearer " + runtime.key("acme"));
      stream.write(head);
      for (int i = 0; i < pieces; i++) {
        stream.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer("piece", US_ASCII)));
        if (pieces > 1) {
          Thread.sleep(50);
        }
      }
      var end = new DefaultLastHttpContent();
      end.trailingHeaders().set("checksum", "of " + pieces);
      stream.writeAndFlush(end);
      var got = answer.get(10, TimeUnit.SECONDS);
      connection.close().sync();
      return got;
    }
  }

  private static final class Answer extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final CompletableFuture<Got> answer;

    Answer(CompletableFuture<Got> answer) {
      this.answer = answer;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      var trailers = new HashMap<String, String>();
      response.trailingHeaders().forEach(one -> trailers.put(one.getKey(), one.getValue()));
      answer.complete(new Got(response.content().toString(US_ASCII), trailers));
    }
  }
}
