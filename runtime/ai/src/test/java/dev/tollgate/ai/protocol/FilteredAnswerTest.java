package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers whose text is changed while it passes. */
class FilteredAnswerTest {

  private static final Path FOLDER =
      Path.of("src/test/resources/dev/tollgate/ai/protocol/exchanges");

  /** Replaces "Grüß dich", which the streams have in two pieces. */
  private static final class Mask implements TextFilter {
    private final Map<Lane, String> held = new HashMap<>();

    @Override
    public String next(Lane lane, String piece) {
      held.merge(lane, piece, String::concat);
      return "";
    }

    @Override
    public String rest(Lane lane) {
      String whole = held.getOrDefault(lane, "");
      held.remove(lane);
      return whole.replace("Grüß dich", "***");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OpenAiChat", "AnthropicMessages", "OllamaChat"})
  void whatLiesAcrossTwoEventsIsMaskedInAStream(Dialect dialect)
      throws IOException, BadModelRequest {
    var sink = new Recorded();
    ResponseReader reader = ResponseReader.of(exchange(dialect), new Mask(), sink);

    reader.feed(
        Unpooled.wrappedBuffer(
            Files.readAllBytes(FOLDER.resolve("backends").resolve(dialect + ".stream"))));
    reader.end();

    assertThat(sink.utf8()).contains("***\\n", "Morgen \\\"wird\\\"", "weather");
    assertThat(sink.utf8()).doesNotContain("Grüß", "dich");
    assertThat(sink.calls).containsExactly("firstContent", "completed");
    assertThat(reader.usage()).matches(usage -> usage.output() == 9);
  }

  @ParameterizedTest
  @EnumSource(names = {"OpenAiChat", "AnthropicMessages", "OllamaChat"})
  void aWholeAnswerIsMasked(Dialect dialect) throws IOException, BadModelRequest {
    byte[] body = Files.readAllBytes(FOLDER.resolve("backends").resolve(dialect + ".json"));

    var complete = (WholeResponse.Complete) WholeResponse.read(exchange(dialect), new Mask(), body);

    assertThat(new String(complete.body(), UTF_8)).contains("***\\n").doesNotContain("Grüß");
  }

  private static Exchange exchange(Dialect dialect) throws IOException, BadModelRequest {
    byte[] body = Files.readAllBytes(FOLDER.resolve("clients").resolve(dialect + ".json"));
    return Exchange.of(
        ModelRequest.read(dialect, body),
        dialect,
        "1",
        InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z")));
  }
}
