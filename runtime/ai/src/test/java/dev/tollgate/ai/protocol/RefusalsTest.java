package dev.tollgate.ai.protocol;

import static dev.tollgate.ai.protocol.Dialect.AnthropicMessages;
import static dev.tollgate.ai.protocol.Dialect.OllamaChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiResponses;
import static dev.tollgate.ai.protocol.Told.chunk;
import static dev.tollgate.ai.protocol.Told.finish;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A model of OpenAI's that refuses to answer. */
class RefusalsTest {

  private static final String STREAM =
      chunk("\"role\":\"assistant\",\"content\":null,\"refusal\":\"\"")
          + chunk("\"refusal\":\"I can\"")
          + chunk("\"refusal\":\"not.\"")
          + finish("stop");
  private static final String WHOLE =
      "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
          + "\"refusal\":\"I cannot.\"},\"finish_reason\":\"stop\"}],"
          + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5,"
          + "\"completion_tokens_details\":{\"reasoning_tokens\":3}}}";

  @Test
  void aResponseHasItAsAPartOfItsOwn() throws Exception {
    Told told = Told.stream(OpenAiResponses, OpenAiChat, STREAM);

    assertThat(told.of("response.refusal.delta")).hasSize(2);
    assertThat(told.of("response.refusal.done").getFirst().path("refusal").asText())
        .isEqualTo("I cannot.");
    assertThat(told.of("response.output_text.delta")).isEmpty();
    part(told.events.getLast().path("response"));
    part(Told.whole(OpenAiResponses, OpenAiChat, WHOLE));
  }

  private static void part(JsonNode response) {
    assertThat(response.path("output")).hasSize(1);
    JsonNode part = response.at("/output/0/content/0");
    assertThat(part.path("type").asText()).isEqualTo("refusal");
    assertThat(part.path("refusal").asText()).isEqualTo("I cannot.");
    assertThat(response.at("/usage/output_tokens_details/reasoning_tokens").asInt()).isEqualTo(3);
  }

  @Test
  void aMaskedChatKeepsItApartFromTheText() throws Exception {
    Told told = Told.masked(OpenAiChat, Told.UNCHANGED, STREAM);
    JsonNode whole = Told.maskedWhole(OpenAiChat, Told.UNCHANGED, WHOLE);

    assertThat(
            told.events.stream()
                .map(event -> event.at("/choices/0/delta/refusal").asText())
                .collect(Collectors.joining()))
        .isEqualTo("I cannot.");
    assertThat(
            told.events.stream()
                .map(event -> event.at("/choices/0/delta/content").asText())
                .collect(Collectors.joining()))
        .isEmpty();
    assertThat(whole.at("/choices/0/message/refusal").asText()).isEqualTo("I cannot.");
    assertThat(whole.at("/choices/0/message/content").isNull()).isTrue();
  }

  @Test
  void aMaskedChatKeepsTheTokensOfReasoning() throws Exception {
    String path = "/usage/completion_tokens_details/reasoning_tokens";

    assertThat(Told.masked(OpenAiChat, Told.UNCHANGED, STREAM).events.getLast().at(path).asInt())
        .isEqualTo(3);
    assertThat(Told.maskedWhole(OpenAiChat, Told.UNCHANGED, WHOLE).at(path).asInt()).isEqualTo(3);
  }

  @Test
  void anthropicsMessageHasItAsTextAndStopsForIt() throws Exception {
    Told told = Told.stream(AnthropicMessages, OpenAiChat, STREAM);
    JsonNode whole = Told.whole(AnthropicMessages, OpenAiChat, WHOLE);

    assertThat(told.blocks()).containsExactly(" I cannot.");
    assertThat(told.of("message_delta").getFirst().at("/delta/stop_reason").asText())
        .isEqualTo("refusal");
    assertThat(whole.at("/content/0/text").asText()).isEqualTo("I cannot.");
    assertThat(whole.path("stop_reason").asText()).isEqualTo("refusal");
  }

  @Test
  void ollamasMessageHasItAsText() throws Exception {
    assertThat(Told.whole(OllamaChat, OpenAiChat, WHOLE).at("/message/content").asText())
        .isEqualTo("I cannot.");
    assertThat(Told.stream(OllamaChat, OpenAiChat, STREAM).events).hasSize(3);
  }
}
