package dev.tollgate.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.ProtocolLimits;
import dev.tollgate.ai.protocol.ResponseReader;
import dev.tollgate.ai.protocol.ResponseSink;
import dev.tollgate.ai.protocol.StreamFault;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A stream of OpenAI's, read and passed on; an operation is one token. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class StreamBenchmark {

  private static final int TOKENS = 32;

  /** As much as one read brings when a backend is quick. */
  private static final int CHUNK = 2048;

  private static final String ID = "0123456789abcdef";

  private final ByteBuf stream = Unpooled.directBuffer();

  public StreamBenchmark() {
    for (int i = 1; i <= TOKENS; i++) {
      add(
          "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"token %d \"},\"finish_reason\":%s}]"
              .formatted(i, i < TOKENS ? "null" : "\"stop\""));
    }
    add(
        "\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":32,\"total_tokens\":41}");
    stream.writeCharSequence("data: [DONE]\n\n", UTF_8);
  }

  private void add(String members) {
    stream.writeCharSequence(
        "data: {\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"created\":1732000000,\"model\":\"m\","
            + members
            + "}\n\n",
        UTF_8);
  }

  /** To a client that speaks the same. */
  @Benchmark
  @OperationsPerInvocation(TOKENS)
  public Usage passed() {
    return read(Dialect.OpenAiChat);
  }

  /** To a client of Anthropic's. */
  @Benchmark
  @OperationsPerInvocation(TOKENS)
  public Usage translated() {
    return read(Dialect.AnthropicMessages);
  }

  private Usage read(Dialect client) {
    var reader = ResponseReader.of(exchange(client), new Released());
    int from = stream.readerIndex();
    int to = stream.writerIndex();
    for (int at = from; at < to; at += CHUNK) {
      reader.feed(stream.slice(at, Math.min(CHUNK, to - at)));
    }
    reader.end();
    return reader.usage();
  }

  private static Exchange exchange(Dialect client) {
    return new Exchange(
        client,
        Dialect.OpenAiChat,
        true,
        true,
        false,
        Map.of(),
        ID,
        "m",
        9,
        () -> 9,
        ProtocolLimits.defaults(),
        InstantSource.system(),
        Instant.EPOCH);
  }

  private static final class Released implements ResponseSink {
    @Override
    public void bytes(ByteBuf bytes) {
      bytes.release();
    }

    @Override
    public void firstContent() {}

    @Override
    public void completed() {}

    @Override
    public void failed(UpstreamError error) {
      throw new IllegalStateException(error.toString());
    }

    @Override
    public void broken(StreamFault fault) {
      throw new IllegalStateException(fault.toString());
    }
  }
}
