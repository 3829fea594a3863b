package dev.tollgate.ai.protocol;

import static dev.tollgate.ai.protocol.Dialect.AnthropicMessages;
import static dev.tollgate.ai.protocol.Dialect.OpenAiChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiResponses;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only one dialect has goes to clients of the same as it comes, and not at the end. */
class OtherContentTest {

  private static final String CREATED =
      "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"status\":\"in_progress\"}}\n\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"audio\":{\"data\":\"AAAA\"}",
        "\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}"
      })
  void ofChats(String delta) throws Exception {
    String role = Told.chunk("\"role\":\"assistant\",\"audio\":null,\"function_call\":null");

    goesOutAfter(role, Told.stream(OpenAiChat, OpenAiChat, role + Told.chunk(delta)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "response.custom_tool_call_input.delta\",\"delta\":\"*** Begin Patch",
        "response.code_interpreter_call_code.delta\",\"delta\":\"import",
        "response.audio.delta\",\"delta\":\"AAAA",
        "response.web_search_call.searching\",\"item_id\":\"ws",
        "response.image_generation_call.partial_image\",\"partial_image_b64\":\"AAAA"
      })
  void ofResponses(String event) throws Exception {
    var told =
        Told.stream(
            OpenAiResponses, OpenAiResponses, CREATED + "data: {\"type\":\"" + event + "\"}\n\n");

    goesOutAfter(CREATED, told);
  }

  @Test
  void theInputOfAToolThatTakesTextIsCounted() throws Exception {
    var told =
        Told.stream(
            OpenAiResponses,
            OpenAiResponses,
            CREATED
                + "data: {\"type\":\"response.custom_tool_call_input.delta\",\"delta\":\"twelve bytes\"}\n\n");

    assertThat(told.usage.output()).isPositive();
    assertThat(told.usage.estimated()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"server_tool_use", "web_search_tool_result", "redacted_thinking"})
  void ofMessages(String type) throws Exception {
    String start = "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n";
    String block =
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\""
            + type
            + "\"}}\n\n";

    goesOutAfter(start, Told.stream(AnthropicMessages, AnthropicMessages, start + block));
    assertThat(Told.stream(OpenAiChat, AnthropicMessages, start + block).sink.calls)
        .containsExactly("broken Truncated");
  }

  private static void goesOutAfter(String before, Told told) {
    assertThat(told.sink.calls).containsExactly("firstContent", "broken Truncated");
    assertThat(told.sink.beforeContent).isEqualTo(before.length());
  }
}
