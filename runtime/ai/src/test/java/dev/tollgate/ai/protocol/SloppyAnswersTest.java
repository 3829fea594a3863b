package dev.tollgate.ai.protocol;

import static dev.tollgate.ai.protocol.Dialect.AnthropicMessages;
import static dev.tollgate.ai.protocol.Dialect.OllamaChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiResponses;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of servers that keep to a protocol only by and large. */
class SloppyAnswersTest {

  private static final String HI = Told.chunk("\"content\":\"Hi\"");
  private static final String DONE = "data: [DONE]\n\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"object\":\"error\",\"message\":\"no\",\"type\":\"x\",\"code\":500}",
        "{\"message\":\"no\",\"code\":500,\"object\":\"error\"}",
        "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\","
            + "\"error\":{\"code\":502,\"message\":\"no\"}}]}",
        "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}],"
            + "\"error\":{\"code\":502,\"message\":\"no\"}}",
      })
  void anErrorInAStreamIsNoEndOfTheAnswer(String error) throws Exception {
    String stream = HI + "data: " + error + "\n\n" + DONE;

    for (Dialect client :
        new Dialect[] {OpenAiChat, OpenAiResponses, AnthropicMessages, OllamaChat}) {
      assertThat(Told.stream(client, OpenAiChat, stream).sink.calls)
          .containsExactly("firstContent", "failed no");
    }
    Told masked = Told.masked(OpenAiChat, Told.UNCHANGED, stream);
    assertThat(masked.sink.calls).containsExactly("firstContent", "failed no");
    assertThat(masked.sink.utf8()).doesNotContain("\"finish_reason\":\"");
  }

  @Test
  void anErrorInPlaceOfAWholeAnswerIsOne() throws Exception {
    byte[] body = "{\"object\":\"error\",\"message\":\"no\",\"code\":400}".getBytes(UTF_8);

    assertThat(WholeResponse.read(Told.exchange(OllamaChat, OpenAiChat, true), null, body))
        .isEqualTo(new WholeResponse.Failed(new UpstreamError(null, "no", "400")));
  }

  @Test
  void anEmptyReasonIsNoEndOfTheAnswer() throws Exception {
    String piece =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"\"}]}\n\n";

    assertThat(Told.masked(OpenAiChat, Told.UNCHANGED, piece + piece).sink.utf8())
        .doesNotContain("\"stop\"");
    assertThat(Told.stream(OpenAiChat, OpenAiChat, piece + piece).sink.calls)
        .containsExactly("firstContent", "broken Truncated");
    assertThat(
            Told.stream(OllamaChat, OpenAiChat, piece + Told.finish("length"))
                .events
                .getLast()
                .path("done_reason")
                .asText())
        .isEqualTo("length");
  }

  @Test
  void argumentsOfOllamasThatAreAStringAreRead() throws Exception {
    String line =
        "{\"message\":{\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\","
            + "\"arguments\":\"{\\\"x\\\":1}\"}}]},\"done\":true,\"done_reason\":\"stop\"}\n";

    assertThat(Told.stream(OpenAiChat, OllamaChat, line).chatArguments())
        .containsExactly("{\"x\":1}");
    assertThat(Told.stream(AnthropicMessages, OllamaChat, line).blocks())
        .containsExactly("call_1_0_0 {\"x\":1}");
    assertThat(Told.whole(AnthropicMessages, OllamaChat, line).at("/content/0/input/x").asInt())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"OllamaChat", "AnthropicMessages", "OpenAiResponses"})
  void aWholeAnswerThatDoesNotSayWhyItEndedHasItsTokens(Dialect client) throws Exception {
    String answer = "{\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":null}]";
    var said =
        WholeResponse.read(
            Told.exchange(client, OpenAiChat, true),
            null,
            (answer + ",\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5}}").getBytes(UTF_8));

    assertThat(((WholeResponse.Complete) said).usage()).isEqualTo(new Usage(7, 0, 5, false));
    var counted = Told.whole(client, OpenAiChat, answer + "}");
    assertThat(
            client == OllamaChat
                ? counted.path("eval_count").asInt()
                : counted.at("/usage/output_tokens").asInt())
        .isEqualTo(1);
  }

  @Test
  void whatFollowsAWholeAnswerBreaksIt() throws Exception {
    byte[] lines =
        "{\"message\":{\"content\":\"A\"},\"done\":false}\n{\"message\":{\"content\":\"B\"},\"done\":true}\n"
            .getBytes(UTF_8);

    assertThat(WholeResponse.read(Told.exchange(OllamaChat, OllamaChat, true), null, lines))
        .isInstanceOf(WholeResponse.Broken.class);
  }

  @Test
  void noTokensForWhatWasReadOrSaidAreCounted() throws Exception {
    String zero =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}}\n\n";
    String start = HI + Told.finish("stop").lines().findFirst().orElseThrow() + "\n\n";

    Told output = Told.stream(AnthropicMessages, OpenAiChat, start + zero.formatted(7, 0) + DONE);
    assertThat(output.usage).isEqualTo(new Usage(7, 0, 1, true));
    assertThat(output.of("message_delta").getFirst().at("/usage/output_tokens").asInt())
        .isEqualTo(1);
    Told input = Told.stream(OllamaChat, OpenAiChat, start + zero.formatted(0, 5) + DONE);
    assertThat(input.usage.output()).isEqualTo(5);
    assertThat(input.usage.estimated()).isTrue();
  }

  @Test
  void aLineEndCutInTwoIsWholeWhereMessagesAreMasked() throws Exception {
    String stream =
        """
        event: message_start
        data: {"type":"message_start","message":{"id":"m"}}

        : ping

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}

        event: message_stop
        data: {"type":"message_stop"}

        """
            .replace("\n", "\r\n");

    for (int size = 1; size < 100; size++) {
      var sink = new Recorded();
      var exchange = Told.exchange(AnthropicMessages, AnthropicMessages, true);
      var reader = ResponseReader.of(exchange, Told.UNCHANGED, sink);
      Chunks.feed(reader, stream.getBytes(UTF_8), List.of(size), false);
      reader.end();

      assertThat(sink.utf8()).isEqualTo(stream);
    }
  }
}
