package dev.tollgate.ai.protocol;

import static dev.tollgate.ai.protocol.Dialect.AnthropicMessages;
import static dev.tollgate.ai.protocol.Dialect.OllamaChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiChat;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends that are asked for a stream and answer with something else. */
class NoStreamTest {

  private static final String ERROR = "{\"error\":{\"type\":\"x\",\"message\":\"No memory\"}}";
  private static final String HTML = "<html>\n\n<body>Bad gateway</body>\n\n</html>\n";

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\n\n"})
  void anErrorIsToldAsOne(String end) throws Exception {
    assertThat(Told.stream(OpenAiChat, OpenAiChat, ERROR + end).sink.calls)
        .containsExactly("failed No memory");
    assertThat(Told.stream(AnthropicMessages, OpenAiChat, ERROR + end).sink.calls)
        .containsExactly("failed No memory");
    assertThat(Told.stream(OpenAiChat, OllamaChat, ERROR + end).sink.calls)
        .containsExactly("failed No memory");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}",
        "{\n\n \"error\": null,\n\n \"choices\": []}\n\n",
        "{\"choices\":",
        HTML
      })
  void somethingElseIsNoStream(String body) throws Exception {
    Told told = Told.stream(AnthropicMessages, OpenAiChat, body);

    assertThat(told.sink.calls).containsExactly("broken NoStream");
    assertThat(told.sink.utf8()).isEmpty();
    assertThat(Told.stream(OpenAiChat, OpenAiChat, body).sink.calls)
        .containsExactly("broken NoStream");
  }

  @Test
  void aPageIsNoStreamOfLines() throws Exception {
    assertThat(Told.stream(OllamaChat, OllamaChat, HTML).sink.calls)
        .containsExactly("broken NoStream");
  }

  @Test
  void aStreamThatHasBegunBreaksOff() throws Exception {
    String stream = ": comment\n\n" + Told.chunk("\"content\":\"Hi\"") + ERROR + "\n\n";

    assertThat(Told.stream(OpenAiChat, OpenAiChat, stream).sink.calls)
        .containsExactly("firstContent", "broken Truncated");
  }
}
