package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every dialect with a backend of the same: nothing is changed, and the usage is read. */
class PassedExchangesTest {

  private static final Path FOLDER =
      Path.of("src/test/resources/dev/tollgate/ai/protocol/exchanges");

  @Property(tries = 300)
  void aStreamIsPassedOnAsItIs(
      @ForAll("streamed") Dialect dialect,
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 1, max = 300) Integer> sizes,
      @ForAll boolean direct)
      throws IOException, BadModelRequest {
    byte[] stream = backend(dialect, ".stream");
    var sink = new Recorded();
    ResponseReader reader = ResponseReader.of(exchange(dialect, true), sink);

    Chunks.feed(reader, stream, sizes, direct);
    reader.end();

    assertThat(sink.utf8()).isEqualTo(new String(stream, UTF_8));
    assertThat(sink.calls).containsExactly("firstContent", "completed");
    assertThat(reader.usage()).isEqualTo(usage(dialect));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OllamaEmbeddings")
  void aWholeAnswerIsTheArrayThatCame(Dialect dialect) throws IOException, BadModelRequest {
    byte[] body = backend(dialect, ".json");

    var response =
        (WholeResponse.Complete) WholeResponse.read(exchange(dialect, false), null, body);

    assertThat(response.body()).isSameAs(body);
    assertThat(response.usage()).isEqualTo(usage(dialect));
  }

  @Provide
  Arbitrary<Dialect> streamed() {
    return Arbitraries.of(
        Stream.of(Dialect.values()).filter(dialect -> !dialect.embedding()).toList());
  }

  private static Usage usage(Dialect dialect) {
    return switch (dialect) {
      case OpenAiChat, OpenAiResponses, AnthropicMessages -> new Usage(42, 32, 9, false);
      case OllamaChat -> new Usage(42, 0, 9, false);
      case OpenAiCompletions, OllamaGenerate -> new Usage(5, 0, 8, false);
      case OpenAiEmbeddings, OllamaEmbed, OllamaEmbeddings -> new Usage(8, 0, 0, false);
    };
  }

  private static Exchange exchange(Dialect dialect, boolean showUsage)
      throws IOException, BadModelRequest {
    byte[] body = Files.readAllBytes(FOLDER.resolve("clients").resolve(dialect + ".json"));
    Exchange exchange =
        Exchange.of(ModelRequest.read(dialect, body), dialect, "1", InstantSource.system());
    return new Exchange(
        dialect,
        dialect,
        true,
        showUsage,
        false,
        java.util.Map.of(),
        "1",
        "m",
        7,
        () -> 7,
        exchange.limits(),
        exchange.clock(),
        exchange.created());
  }

  private static byte[] backend(Dialect dialect, String suffix) throws IOException {
    return Files.readAllBytes(FOLDER.resolve("backends").resolve(dialect + suffix));
  }
}
