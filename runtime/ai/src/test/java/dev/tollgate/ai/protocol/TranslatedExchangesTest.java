package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every client of a dialect with every backend of another that it can use: {@code clients} holds a
 * request of each dialect, {@code backends} an answer of each, streamed and whole, and {@code
 * expected} what the gateway makes of them. With {@code -Dexchanges.write=true} the expected files
 * are written, to be read before they are committed.
 */
class TranslatedExchangesTest {

  private static final Path FOLDER =
      Path.of("src/test/resources/dev/tollgate/ai/protocol/exchanges");
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z"));

  /** A client and a backend that speak different dialects. */
  record Pair(Dialect client, Dialect backend) {
    @Override
    public String toString() {
      return client + "-" + backend;
    }

    boolean streamed() {
      return !client.embedding();
    }
  }

  static List<Pair> pairs() {
    var pairs = new ArrayList<Pair>();
    for (Dialect client : Dialect.values()) {
      for (Dialect backend : Dialect.values()) {
        if (client != backend && client.reaches(backend)) {
          pairs.add(new Pair(client, backend));
        }
      }
    }
    return pairs;
  }

  static List<Pair> streams() {
    return pairs().stream().filter(Pair::streamed).toList();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aRequestIsWrittenForTheBackend(Pair pair) throws IOException, BadModelRequest {
    check(pair + ".request.json", RequestRewrite.toBackend(request(pair), pair.backend(), "m"));
  }

  @ParameterizedTest
  @MethodSource("streams")
  void aStreamIsWrittenForTheClient(Pair pair) throws IOException, BadModelRequest {
    var sink = new Recorded();
    ResponseReader reader = ResponseReader.of(exchange(pair), sink);

    reader.feed(Unpooled.wrappedBuffer(backend(pair, ".stream")));
    reader.end();

    check(pair + ".stream", sink.utf8().getBytes(UTF_8));
    assertThat(sink.calls).containsExactly("firstContent", "completed");
    assertThat(reader.usage().estimated()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aWholeAnswerIsWrittenForTheClient(Pair pair) throws IOException, BadModelRequest {
    WholeResponse response = WholeResponse.read(exchange(pair), null, backend(pair, ".json"));

    assertThat(response).isInstanceOf(WholeResponse.Complete.class);
    var complete = (WholeResponse.Complete) response;
    check(pair + ".answer.json", complete.body());
    assertThat(complete.usage().estimated()).isFalse();
  }

  @Test
  void nothingIsLeftOver() throws IOException {
    Set<String> used = new TreeSet<>();
    for (Pair pair : pairs()) {
      used.add(pair + ".request.json");
      used.add(pair + ".answer.json");
      if (pair.streamed()) {
        used.add(pair + ".stream");
      }
    }
    try (Stream<Path> files = Files.list(FOLDER.resolve("expected"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(used);
    }
  }

  @Property(tries = 500)
  void howTheStreamIsCutMakesNoDifference(
      @ForAll("pair") Pair pair,
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 1, max = 300) Integer> sizes,
      @ForAll boolean direct)
      throws IOException, BadModelRequest {
    var sink = new Recorded();
    ResponseReader reader = ResponseReader.of(exchange(pair), sink);

    Chunks.feed(reader, backend(pair, ".stream"), sizes, direct);
    reader.end();

    assertThat(sink.utf8())
        .isEqualTo(Files.readString(FOLDER.resolve("expected").resolve(pair + ".stream")));
    assertThat(sink.calls).containsExactly("firstContent", "completed");
  }

  @Property(tries = 300)
  void aStreamThatStopsAnywhereIsBrokenOrComplete(
      @ForAll("pair") Pair pair, @ForAll @IntRange(max = 5000) int length)
      throws IOException, BadModelRequest {
    byte[] stream = backend(pair, ".stream");
    var sink = new Recorded();
    ResponseReader reader = ResponseReader.of(exchange(pair), sink);

    reader.feed(Unpooled.wrappedBuffer(stream, 0, Math.min(length, stream.length)));
    reader.end();

    assertThat(sink.calls.getLast()).isIn("completed", "broken Truncated");
    assertThat(reader.usage().output()).isLessThan(40);
  }

  @Property(tries = 1000)
  void bytesThatMeanNothingNeverThrow(
      @ForAll("pair") Pair pair, @ForAll @IntRange(max = 1500) int at, @ForAll byte wrong)
      throws IOException, BadModelRequest {
    byte[] stream = backend(pair, ".stream");
    stream[at % stream.length] = wrong;
    var sink = new Recorded();
    ResponseReader reader = ResponseReader.of(exchange(pair), sink);

    reader.feed(Unpooled.wrappedBuffer(stream));
    reader.end();

    assertThat(sink.calls).isNotEmpty();
  }

  @Provide
  Arbitrary<Pair> pair() {
    return Arbitraries.of(streams());
  }

  private static ModelRequest request(Pair pair) throws IOException, BadModelRequest {
    return ModelRequest.read(
        pair.client(),
        Files.readAllBytes(FOLDER.resolve("clients").resolve(pair.client() + ".json")));
  }

  private static Exchange exchange(Pair pair) throws IOException, BadModelRequest {
    return Exchange.of(request(pair), pair.backend(), "1", CLOCK);
  }

  private static byte[] backend(Pair pair, String suffix) throws IOException {
    return Files.readAllBytes(FOLDER.resolve("backends").resolve(pair.backend() + suffix));
  }

  private static void check(String name, byte[] made) throws IOException {
    Path file = FOLDER.resolve("expected").resolve(name);
    if (Boolean.getBoolean("exchanges.write")) {
      Files.write(file, made);
    }
    assertThat(new String(made, UTF_8)).isEqualTo(Files.readString(file));
  }
}
