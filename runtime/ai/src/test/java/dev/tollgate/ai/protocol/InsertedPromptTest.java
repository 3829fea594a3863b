package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.ai.protocol.PromptMessage.Role;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A call that names a prompt, after the prompt was rendered. */
class InsertedPromptTest {

  private static final List<PromptMessage> RENDERED =
      List.of(
          new PromptMessage(Role.System, "Be kind."), new PromptMessage(Role.User, "Dear \"A\","));

  @Test
  void itsMessagesComeBeforeThoseOfTheCall() throws BadModelRequest {
    assertThat(
            inserted(
                Dialect.OpenAiChat,
                "{\"model\":\"m\",\"prompt\":{\"name\":\"p\"},\"x\":1.50,"
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"))
        .isEqualTo(
            "{\"model\":\"m\",\"x\":1.50,\"messages\":[{\"role\":\"system\",\"content\":\"Be"
                + " kind.\"},{\"role\":\"user\",\"content\":\"Dear \\\"A\\\",\"},"
                + "{\"role\":\"user\",\"content\":\"Hi\"}]}");
  }

  @Test
  void anthropicsInstructionsAreApart() throws BadModelRequest {
    assertThat(
            inserted(
                Dialect.AnthropicMessages,
                "{\"model\":\"m\",\"max_tokens\":5,\"prompt\":{\"name\":\"p\"},"
                    + "\"system\":\"In German.\"}"))
        .isEqualTo(
            "{\"model\":\"m\",\"max_tokens\":5,\"system\":\"Be kind.\\n\\nIn German.\","
                + "\"messages\":[{\"role\":\"user\",\"content\":\"Dear \\\"A\\\",\"}]}");
  }

  @Test
  void aCallIsNotSentWithAPromptThatWasNotRendered() throws BadModelRequest {
    ModelRequest request =
        read(Dialect.OpenAiChat, "{\"model\":\"m\",\"prompt\":{\"name\":\"p\"}}");

    assertThatThrownBy(() -> RequestRewrite.toBackend(request, Dialect.OpenAiChat, "m"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String inserted(Dialect dialect, String body) throws BadModelRequest {
    ModelRequest request = read(dialect, body).withPrompt(RENDERED);
    assertThat(request.prompt()).isNull();
    return new String(request.body(), UTF_8);
  }

  private static ModelRequest read(Dialect dialect, String body) throws BadModelRequest {
    return ModelRequest.read(dialect, body.getBytes(UTF_8));
  }
}
