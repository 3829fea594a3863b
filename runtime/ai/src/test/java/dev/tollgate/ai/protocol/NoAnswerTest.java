package dev.tollgate.ai.protocol;

import static dev.tollgate.ai.protocol.Dialect.AnthropicMessages;
import static dev.tollgate.ai.protocol.Dialect.OllamaChat;
import static dev.tollgate.ai.protocol.Dialect.OllamaEmbed;
import static dev.tollgate.ai.protocol.Dialect.OpenAiChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiEmbeddings;
import static dev.tollgate.ai.protocol.Dialect.OpenAiResponses;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends that say with a status of 200 something in which there is no answer. */
class NoAnswerTest {

  private static final String ASK =
      "{\"model\":\"m\",\"max_tokens\":9,\"stream\":false,\"messages\":[],\"input\":[]}";

  private record Pair(Dialect client, Dialect backend) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "{\"message\":\"out of memory\",\"code\":500}",
        "{\"detail\":\"Service Unavailable\"}"
      })
  void itIsTakenForNone(String body) throws Exception {
    for (var pair :
        List.of(
            new Pair(OpenAiChat, OpenAiChat),
            new Pair(AnthropicMessages, OpenAiChat),
            new Pair(OpenAiChat, AnthropicMessages),
            new Pair(OpenAiChat, OllamaChat),
            new Pair(OpenAiResponses, OpenAiResponses),
            new Pair(OpenAiEmbeddings, OpenAiEmbeddings),
            new Pair(OpenAiEmbeddings, OllamaEmbed))) {
      assertThat(read(pair, body)).as("%s", pair).isInstanceOf(WholeResponse.Broken.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":0}}",
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]}",
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hi\"}}]}"
      })
  void anAnswerThatSaysLittleIsOne(String body) throws Exception {
    assertThat(read(new Pair(OpenAiChat, OpenAiChat), body))
        .isInstanceOf(WholeResponse.Complete.class);
  }

  private static WholeResponse read(Pair pair, String body) throws BadModelRequest {
    var ask = ModelRequest.read(pair.client(), ASK.getBytes(UTF_8));
    return WholeResponse.read(
        Exchange.of(ask, pair.backend(), "1", InstantSource.system()), null, body.getBytes(UTF_8));
  }
}
