package dev.tollgate.app;

import static dev.tollgate.app.RunningRuntime.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gRPC through the gateway, with gRPC's own client and server, and what refusals are to it. */
@NullUnmarked
class GrpcTest {

  private static final MethodDescriptor<String, String> UNARY = method(MethodType.UNARY, "Unary");
  private static final MethodDescriptor<String, String> DOWN =
      method(MethodType.SERVER_STREAMING, "Down");
  private static final MethodDescriptor<String, String> UP =
      method(MethodType.CLIENT_STREAMING, "Up");
  private static final MethodDescriptor<String, String> BOTH =
      method(MethodType.BIDI_STREAMING, "Both");
  private static final int LARGE = 3 << 20;

  private static final Metadata.Key<String> DETAIL =
      Metadata.Key.of("detail", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<byte[]> DETAIL_BIN =
      Metadata.Key.of("detail-bin", Metadata.BINARY_BYTE_MARSHALLER);

  @TempDir Path manifests;
  @TempDir Path data;
  private final AtomicInteger cancelled = new AtomicInteger();
  private Server backend;
  private RunningRuntime runtime;
  private ManagedChannel connection;
  private Channel channel;

  private static MethodDescriptor<String, String> method(MethodType type, String name) {
    return MethodDescriptor.newBuilder(Text.INSTANCE, Text.INSTANCE)
        .setType(type)
        .setFullMethodName("test.Echo/" + name)
        .build();
  }

  @BeforeEach
  void start() throws Exception {
    backend = NettyServerBuilder.forPort(0).addService(service()).build().start();
    int nobody;
    try (var socket = new ServerSocket(0)) {
      nobody = socket.getLocalPort();
    }
    runtime =
        RunningRuntime.start(
            data,
            manifests,
            """
            apiVersion: tollgate.dev/v1alpha1
            kind: ApiRoute
            metadata: {name: echo}
            spec:
              match: {path: /test.Echo}
              timeouts: {request: 3s}
              backends: [{name: one, url: "h2c://localhost:%1$d/test.Echo"}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ApiRoute
            metadata: {name: limited}
            spec:
              match: {path: /test.Limited}
              backends: [{name: one, url: "h2c://localhost:%1$d/test.Echo"}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: RateLimitPolicy
            metadata: {name: few}
            spec:
              targetRefs: [{kind: ApiRoute, name: limited}]
              limits: [{name: few, meter: requests, limit: 1, per: Hour, by: Tenant}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ApiRoute
            metadata: {name: gone}
            spec:
              match: {path: /test.Gone}
              backends: [{name: one, url: "h2c://localhost:%2$d"}]
            ---
            apiVersion: tollgate.dev/v1alpha1
            kind: ApiRoute
            metadata: {name: dear}
            spec:
              match: {path: /test.Dear}
              requires: {feature: gold}
              backends: [{name: one, url: "h2c://localhost:%2$d"}]
            """
                .formatted(backend.getPort(), nobody),
            Map.of());
    connection = NettyChannelBuilder.forAddress("localhost", runtime.port).usePlaintext().build();
    channel = as(runtime.key("acme"));
  }

  @AfterEach
  void stop() {
    connection.shutdownNow();
    runtime.close();
    backend.shutdownNow();
  }

  private Channel as(String key) {
    var headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
    return ClientInterceptors.intercept(
        connection, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** What it is asked for says how it answers. */
  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("test.Echo")
        .addMethod(
            UNARY,
            ServerCalls.asyncUnaryCall((asked, answer) -> {
              switch (asked) {
                case "silence" ->
                    ((ServerCallStreamObserver<String>) answer)
                        .setOnCancelHandler(cancelled::incrementAndGet);
                case "error" -> answer.onError(error());
                case "late error" -> {
                  answer.onNext("something");
                  answer.onError(error());
                }
                default -> {
                  answer.onNext("you said " + asked);
                  answer.onCompleted();
                }
              }
            }))
        .addMethod(
            DOWN,
            ServerCalls.asyncServerStreamingCall((asked, answer) -> {
              if (asked.equals("endless")) {
                endless((ServerCallStreamObserver<String>) answer);
                return;
              }
              for (int i = 0; i < 3; i++) {
                answer.onNext(asked + i);
              }
              answer.onCompleted();
            }))
        .addMethod(UP, ServerCalls.asyncClientStreamingCall(answer -> new Collecting(answer)))
        .addMethod(BOTH, ServerCalls.asyncBidiStreamingCall(answer -> new Echoing(answer)))
        .build();
  }

  private static StatusRuntimeException error() {
    var trailers = new Metadata();
    trailers.put(DETAIL, "of the service");
    trailers.put(DETAIL_BIN, new byte[] {0, -1, 10});
    return Status.FAILED_PRECONDITION.withDescription("not so – 100%").asRuntimeException(trailers);
  }

  private void endless(ServerCallStreamObserver<String> answer) {
    answer.setOnCancelHandler(cancelled::incrementAndGet);
    answer.onNext("first");
  }

  @Test
  void aUnaryCallIsAnsweredAndMetered() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(unary(channel, UNARY, "hello")).isEqualTo("you said hello");
    }
    await(() -> runtime.usage("acme").toString().contains("\"requests\":20"));
  }

  @Test
  void largeMessagesPassBothWays() {
    var large = "x".repeat(LARGE);
    for (int i = 0; i < 10; i++) {
      assertThat(unary(channel, UNARY, large)).hasSize(9 + LARGE);
    }
  }

  @Test
  void anErrorKeepsItsStatusMessageAndMetadata() {
    for (var asked : List.of("error", "late error")) {
      var failure = failure(channel, UNARY, asked);
      assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
      assertThat(failure.getStatus().getDescription()).isEqualTo("not so – 100%");
      assertThat(failure.getTrailers().get(DETAIL)).isEqualTo("of the service");
      assertThat(failure.getTrailers().get(DETAIL_BIN)).containsExactly(0, -1, 10);
    }
  }

  @Test
  void aStreamOfTheServerIsPassedOn() {
    var all = new ArrayList<String>();
    ClientCalls.blockingServerStreamingCall(channel, DOWN, CallOptions.DEFAULT, "part ")
        .forEachRemaining(all::add);
    assertThat(all).containsExactly("part 0", "part 1", "part 2");
  }

  @Test
  void aStreamOfTheClientIsPassedOn() throws Exception {
    var answers = new Answers();
    var up =
        ClientCalls.asyncClientStreamingCall(channel.newCall(UP, CallOptions.DEFAULT), answers);
    up.onNext("a");
    up.onNext("b");
    up.onCompleted();
    assertThat(answers.next()).isEqualTo("ab");
    assertThat(answers.next()).isEqualTo("OK");
  }

  @Test
  void bothStreamAndTalk() throws Exception {
    var answers = new Answers();
    var up =
        ClientCalls.asyncBidiStreamingCall(channel.newCall(BOTH, CallOptions.DEFAULT), answers);
    for (int i = 0; i < 5; i++) {
      up.onNext("word " + i);
      assertThat(answers.next()).isEqualTo("word " + i);
    }
    up.onCompleted();
    assertThat(answers.next()).isEqualTo("OK");
  }

  @Test
  void aDeadlineThatPassesEndsTheCallAtTheBackendToo() throws Exception {
    unary(channel, UNARY, "so that all is connected");
    var soon = CallOptions.DEFAULT.withDeadlineAfter(1, TimeUnit.SECONDS);
    var failure =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(channel, UNARY, soon, "silence"));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    await(() -> cancelled.get() == 1);
  }

  @Test
  void aCallThatIsCancelledEndsAtTheBackendToo() throws Exception {
    var call = channel.newCall(DOWN, CallOptions.DEFAULT);
    var answers = new Answers();
    ClientCalls.asyncServerStreamingCall(call, "endless", answers);
    assertThat(answers.next()).isEqualTo("first");
    call.cancel("enough", null);
    await(() -> cancelled.get() == 1);
    assertThat(unary(channel, UNARY, "still")).as("on the same connection").endsWith("still");
  }

  @Test
  void refusalsAreSaidInTheWordsOfGrpc() {
    assertThat(failure(as("wrong"), UNARY, "x").getStatus().getCode())
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(refusal("test.Dear/Unary").getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    var nothing = refusal("test.Nothing/Unary");
    assertThat(nothing.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(nothing.getDescription()).isEqualTo("There is no /test.Nothing/Unary here.");
    assertThat(unary(channel, named("test.Limited/Unary"), "x")).isEqualTo("you said x");
    assertThat(refusal("test.Limited/Unary").getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refusal("test.Gone/Unary").getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    var late = failure(channel, UNARY, "silence").getStatus();
    assertThat(late.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(late.getDescription()).contains("did not answer within 3000 ms");
  }

  private static MethodDescriptor<String, String> named(String method) {
    return UNARY.toBuilder().setFullMethodName(method).build();
  }

  private Status refusal(String method) {
    return failure(channel, named(method), "x").getStatus();
  }

  private static String unary(Channel on, MethodDescriptor<String, String> method, String asked) {
    var soon = CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS);
    return ClientCalls.blockingUnaryCall(on, method, soon, asked);
  }

  private static StatusRuntimeException failure(
      Channel on, MethodDescriptor<String, String> method, String asked) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> unary(on, method, asked));
  }

  /** Messages, and the status at their end. */
  private static final class Answers implements StreamObserver<String> {
    private final BlockingQueue<String> all = new LinkedBlockingQueue<>();

    String next() throws InterruptedException {
      return all.poll(10, TimeUnit.SECONDS);
    }

    @Override
    public void onNext(String message) {
      all.add(message);
    }

    @Override
    public void onError(Throwable failure) {
      all.add(Status.fromThrowable(failure).getCode().name());
    }

    @Override
    public void onCompleted() {
      all.add("OK");
    }
  }

  private static final class Collecting implements StreamObserver<String> {
    private final StringBuilder all = new StringBuilder();
    private final StreamObserver<String> answer;

    Collecting(StreamObserver<String> answer) {
      this.answer = answer;
    }

    @Override
    public void onNext(String message) {
      all.append(message);
    }

    @Override
    public void onError(Throwable failure) {
      // it is cancelled
    }

    @Override
    public void onCompleted() {
      answer.onNext(all.toString());
      answer.onCompleted();
    }
  }

  private record Echoing(StreamObserver<String> answer) implements StreamObserver<String> {
    @Override
    public void onNext(String message) {
      answer.onNext(message);
    }

    @Override
    public void onError(Throwable failure) {
      // it is cancelled
    }

    @Override
    public void onCompleted() {
      answer.onCompleted();
    }
  }

  /** Messages are plain text. */
  private enum Text implements MethodDescriptor.Marshaller<String> {
    INSTANCE;

    @Override
    public InputStream stream(String text) {
      return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    @Override
    public String parse(InputStream bytes) {
      try (bytes) {
        return new String(bytes.readAllBytes(), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
