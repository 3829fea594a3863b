package dev.tollgate.bench;

import dev.tollgate.engine.json.JsonLimits;
import dev.tollgate.engine.json.JsonScanner;
import dev.tollgate.engine.json.JsonTokens;
import java.nio.charset.StandardCharsets;
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

/** Validates 10 MB of JSON in chunks of 8 KB; the score is MB (10⁶ bytes) a second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class JsonBenchmark {

  private static final int MEGABYTES = 10;
  private static final int CHUNK = 8192;

  private final byte[] document = document();

  private static byte[] document() {
    var text = new StringBuilder("[");
    while (text.length() < MEGABYTES * 1_000_000 - 2) {
      var row =
          """
          {"id":%d,"name":"tenant %d","active":true,"price":12.5e-1,"tags":["a","b\\n"],"note":null},\
          """
              .formatted(text.length(), text.length() % 97);
      if (text.length() + row.length() > MEGABYTES * 1_000_000 - 2) {
        break;
      }
      text.append(row);
    }
    text.append('0');
    text.append(" ".repeat(MEGABYTES * 1_000_000 - 1 - text.length()));
    return text.append(']').toString().getBytes(StandardCharsets.US_ASCII);
  }

  @Benchmark
  @OperationsPerInvocation(MEGABYTES)
  public long validate() {
    var scanner = new JsonScanner(JsonLimits.DEFAULT, JsonTokens.NONE);
    for (int at = 0; at < document.length; at += CHUNK) {
      if (!scanner.feed(document, at, Math.min(CHUNK, document.length - at))) {
        throw new IllegalStateException(String.valueOf(scanner.error()));
      }
    }
    if (!scanner.finish()) {
      throw new IllegalStateException(String.valueOf(scanner.error()));
    }
    return scanner.offset();
  }
}
