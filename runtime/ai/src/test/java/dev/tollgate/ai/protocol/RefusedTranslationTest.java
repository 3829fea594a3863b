package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What another dialect cannot say is refused by its name, before the backend is called. */
class RefusedTranslationTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OpenAiChat | OllamaChat | \"n\":2 | n",
        "OpenAiChat | OllamaChat | \"logit_bias\":{\"1\":5} | logit_bias",
        "OpenAiChat | OllamaChat | \"tool_choice\":\"required\" | tool_choice",
        "OpenAiChat | OllamaChat | \"functions\":[{\"name\":\"f\"}] | functions",
        "OpenAiChat | AnthropicMessages | \"function_call\":\"auto\" | function_call",
        "OpenAiChat | OllamaChat | \"guided_regex\":\"a\" | guided_regex",
        "OpenAiChat | AnthropicMessages | \"n\":3 | n",
        "OpenAiChat | AnthropicMessages | \"temperature\":1.5 | temperature",
        "OpenAiChat | AnthropicMessages | \"logprobs\":true | logprobs",
        "OpenAiChat | AnthropicMessages | \"presence_penalty\":0.5 | presence_penalty",
        "OpenAiChat | AnthropicMessages | \"reasoning_effort\":\"high\" | reasoning_effort",
        "OpenAiChat | AnthropicMessages | \"response_format\":{\"type\":\"json_object\"} |"
            + " response_format",
        "OpenAiChat | AnthropicMessages | \"response_format\":{\"type\":\"xml\"} |"
            + " response_format.type",
        "OpenAiChat | OpenAiResponses | \"user\":\"a\" | ",
        "OpenAiChat | OllamaGenerate | \"user\":\"a\" | ",
        "AnthropicMessages | OpenAiChat | \"top_k\":5 | top_k",
        "AnthropicMessages | OpenAiChat | \"system\":\"fileid://f\" | messages[0].content",
        "AnthropicMessages | OllamaChat | \"container\":\"c\" | container",
        "AnthropicMessages | OllamaChat | \"tools\":[{\"type\":\"bash_20250124\",\"name\":\"b\"}] |"
            + " tools[0].type",
        "OllamaChat | OpenAiChat | \"options\":{\"mirostat\":1} | options.mirostat",
        "OllamaChat | OpenAiChat | \"format\":\"xml\" | format",
      })
  void whatCannotBeSaidIsNamed(Dialect client, Dialect backend, String member, String param) {
    BadModelRequest bad =
        catchThrowableOfType(BadModelRequest.class, () -> translate(client, backend, member));

    assertThat(bad).isNotNull();
    assertThat(bad.param()).isEqualTo(param);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"role\":\"function\",\"name\":\"f\",\"content\":\"1\"} | messages[0].role | use tool",
        "{\"role\":\"assistant\",\"content\":null,\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}}"
            + " | messages[0].function_call | use tool_calls",
      })
  void aFunctionInTheWayBeforeToolsIsToldTheNewer(String message, String param, String said) {
    String body = "{\"model\":\"m\",\"messages\":[" + message + "]}";

    for (Dialect backend : new Dialect[] {Dialect.AnthropicMessages, Dialect.OllamaChat}) {
      BadModelRequest bad =
          catchThrowableOfType(
              BadModelRequest.class,
              () ->
                  RequestRewrite.toBackend(
                      ModelRequest.read(Dialect.OpenAiChat, body.getBytes(UTF_8)), backend, "m"));

      assertThat(bad.param()).isEqualTo(param);
      assertThat(bad).hasMessageContaining(said);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OpenAiChat | OllamaChat | \"n\":1,\"store\":true,\"metadata\":{\"a\":\"b\"}",
        "OpenAiChat | AnthropicMessages | \"seed\":1,\"presence_penalty\":0,\"user\":null",
        "AnthropicMessages | OpenAiChat | \"service_tier\":\"auto\"",
        "OllamaChat | AnthropicMessages | \"keep_alive\":0,\"options\":{\"num_ctx\":4096}",
      })
  void whatAServerMayIgnoreIsLeftOut(Dialect client, Dialect backend, String member) {
    assertThatCode(() -> translate(client, backend, member)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"previous_response_id\":\"resp_1\" | previous_response_id",
        "\"background\":true | background",
        "\"tools\":[{\"type\":\"web_search\"}] | tools[0].type",
        "\"include\":[\"file_search_call.results\"] | include",
        "\"prompt\":{\"id\":\"pmpt_1\"} | prompt",
      })
  void responsesThatNeedWhatIsKeptAreRefused(String member, String param) {
    String body = "{\"model\":\"m\",\"input\":\"Hi\"," + member + "}";

    BadModelRequest bad = refusedResponse(body, Dialect.OpenAiChat);

    assertThat(bad.param()).isEqualTo(param);
    assertThat(bad).hasMessageContaining(param.startsWith("tools") ? "web_search" : param);
  }

  /** Codex speaks responses alone. */
  @ParameterizedTest
  @EnumSource(names = {"OpenAiChat", "AnthropicMessages", "OllamaChat"})
  void aCallOfCodexReachesEveryBackend(Dialect backend) {
    String body =
        """
        {"model":"m","instructions":"You are Codex","input":[
          {"type":"message","role":"developer","content":[{"type":"input_text","text":"a"}]},
          {"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]},
          {"type":"reasoning","summary":[],"content":null,"encrypted_content":null},
          {"type":"function_call","name":"shell","arguments":"{}","call_id":"c"},
          {"type":"function_call_output","call_id":"c","output":"x"}],
        "tools":[{"type":"function","name":"shell","description":"d","strict":false,
          "parameters":{"type":"object","properties":{}}},
          {"type":"namespace","name":"agents","description":"d","tools":[
            {"type":"function","name":"close","strict":false,"parameters":{"type":"object"}}]}],
        "tool_choice":"auto","parallel_tool_calls":false,"reasoning":null,"store":false,
        "stream":true,"include":["reasoning.encrypted_content"],"prompt_cache_key":"k",
        "text":{"verbosity":"low"},"client_metadata":{"x-codex-installation-id":"i"}}
        """;

    assertThatCode(() ->
            RequestRewrite.toBackend(
                ModelRequest.read(Dialect.OpenAiResponses, body.getBytes(UTF_8)), backend, "m"))
        .doesNotThrowAnyException();
  }

  @Test
  void anItemByItsIdIsToldWhatToSendInstead() {
    String body = "{\"model\":\"m\",\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]}";

    for (Dialect backend : new Dialect[] {Dialect.OpenAiChat, Dialect.OpenAiResponses}) {
      assertThat(refusedResponse(body, backend))
          .hasMessageContaining("send the whole conversation as input, and set store to false");
    }
  }

  private static BadModelRequest refusedResponse(String body, Dialect backend) {
    return catchThrowableOfType(
        BadModelRequest.class,
        () ->
            RequestRewrite.toBackend(
                ModelRequest.read(Dialect.OpenAiResponses, body.getBytes(UTF_8)), backend, "m"));
  }

  @ParameterizedTest
  @CsvSource({"OpenAiCompletions,completions", "OllamaGenerate,generate"})
  void aPromptByItsNameIsForChat(Dialect dialect, String member) {
    String body = "{\"model\":\"m\",\"prompt\":{\"name\":\"" + member + "\"}}";

    BadModelRequest bad =
        catchThrowableOfType(
            BadModelRequest.class, () -> ModelRequest.read(dialect, body.getBytes(UTF_8)));

    assertThat(bad.param()).isEqualTo("prompt");
    assertThat(bad).hasMessageContaining("/v1/prompts/NAME/run");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a/b.png\"}} | messages",
        "{\"type\":\"input_audio\",\"input_audio\":{}} | messages[0].content[0].type",
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png,AA\"}} |"
            + " messages[0].content[0].image_url.url",
      })
  void contentsThatOllamaCannotHaveAreRefused(String part, String param) {
    String body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[" + part + "]}]}";

    BadModelRequest bad =
        catchThrowableOfType(
            BadModelRequest.class,
            () ->
                RequestRewrite.toBackend(
                    ModelRequest.read(Dialect.OpenAiChat, body.getBytes(UTF_8)),
                    Dialect.OllamaChat,
                    "m"));

    assertThat(bad.param()).isEqualTo(param);
  }

  private static byte[] translate(Dialect client, Dialect backend, String member)
      throws BadModelRequest {
    String body =
        "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
            + member
            + "}";
    if (client == Dialect.OllamaChat) {
      body = body.replace("\"max_tokens\":5,", "");
    }
    return RequestRewrite.toBackend(ModelRequest.read(client, body.getBytes(UTF_8)), backend, "m");
  }
}
