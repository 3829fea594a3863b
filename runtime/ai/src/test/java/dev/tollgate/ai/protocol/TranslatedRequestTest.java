package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Members of translated requests that are easily lost. */
class TranslatedRequestTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void strictSchemasStayStrict() throws Exception {
    var chat =
        translated(
            Dialect.OpenAiResponses,
            """
            {"model":"m","input":"Hi",
             "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":true}],
             "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}}
            """,
            Dialect.OpenAiChat);

    assertThat(chat.at("/tools/0/function/strict").asBoolean()).isTrue();
    assertThat(chat.at("/response_format/json_schema/strict").asBoolean()).isTrue();
  }

  @Test
  void whatIsNotSaidToBeStrictIsLeftToTheBackend() throws Exception {
    var chat =
        translated(
            Dialect.OpenAiResponses,
            """
            {"model":"m","input":"Hi",
             "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":null}]}
            """,
            Dialect.OpenAiChat);

    assertThat(chat.at("/tools/0/function").has("strict")).isFalse();
  }

  @Test
  void idsOfCallsAreAsAnthropicTakesThem() throws Exception {
    var messages =
        translated(
            Dialect.OpenAiChat,
            """
            {"model":"m","messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","tool_calls":[
              {"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{}"}},
              {"id":"functions_f_0","type":"function","function":{"name":"f","arguments":"{}"}},
              {"id":"call-1","type":"function","function":{"name":"f","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"functions.f:0","content":"a"},
             {"role":"tool","tool_call_id":"functions_f_0","content":"b"},
             {"role":"tool","tool_call_id":"call-1","content":"c"}]}
            """,
            Dialect.AnthropicMessages);

    assertThat(messages.at("/messages/1/content").findValuesAsText("id"))
        .containsExactly("functions_f_0", "functions_f_0_", "call-1")
        .isEqualTo(messages.at("/messages/2/content").findValuesAsText("tool_use_id"));
  }

  @Test
  void whatTheCallerHasNotSentIsLeftOutWhereItCannotBeSaid() throws Exception {
    var body =
        "{\"model\":\"m\",\"messages\":[],\"temperature\":1.5,\"logit_bias\":{\"1\":2},\"top_p\":0.5}";
    var ask = ModelRequest.read(Dialect.OpenAiChat, body.getBytes(UTF_8));

    var sent =
        JSON.readTree(
            RequestRewrite.toBackend(
                ask,
                Dialect.AnthropicMessages,
                "m",
                MostTokens.Older,
                Set.of("temperature", "logit_bias")));

    assertThat(sent.has("temperature")).isFalse();
    assertThat(sent.path("top_p").asDouble()).isEqualTo(0.5);
  }

  private static JsonNode translated(Dialect client, String body, Dialect backend)
      throws Exception {
    var ask = ModelRequest.read(client, body.getBytes(UTF_8));
    return JSON.readTree(RequestRewrite.toBackend(ask, backend, "m"));
  }
}
