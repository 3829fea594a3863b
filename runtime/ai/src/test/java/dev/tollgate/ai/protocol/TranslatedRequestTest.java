package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "AnthropicMessages | 'max_tokens':5,'messages':[{'role':'user','content':'Hi'},{'role':'assistant',"
            + "'content':[{'type':'tool_use','id':'c','name':'shot','input':{}}]},{'role':'user',"
            + "'content':[{'type':'tool_result','tool_use_id':'c','content':["
            + "{'type':'text','text':'see'},{'type':'image','source':{'type':'base64',"
            + "'media_type':'image/png','data':'AAAA'}}]},{'type':'text','text':'So?'}]}]",
        "OpenAiChat | 'messages':[{'role':'user','content':'Hi'},{'role':'assistant',"
            + "'tool_calls':[{'id':'c','type':'function','function':{'name':'shot','arguments':'{}'}}]},"
            + "{'role':'tool','tool_call_id':'c','content':[{'type':'text','text':'see'},"
            + "{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}]},"
            + "{'role':'user','content':'So?'}]",
        "OpenAiResponses | 'input':[{'role':'user','content':'Hi'},{'type':'function_call',"
            + "'call_id':'c','name':'shot','arguments':'{}'},{'type':'function_call_output',"
            + "'call_id':'c','output':[{'type':'input_text','text':'see'},{'type':'input_image',"
            + "'image_url':'data:image/png;base64,AAAA'}]},{'role':'user','content':'So?'}]",
      })
  void anImageInAResultIsSeen(Dialect client, String members) throws Exception {
    var body = "{\"model\":\"m\"," + members.replace('\'', '"') + "}";

    if (client != Dialect.AnthropicMessages) {
      var result =
          translated(client, body, Dialect.AnthropicMessages).at("/messages/2/content/0/content");
      assertThat(result.at("/0/text").asText()).isEqualTo("see");
      assertThat(result.at("/1/source/media_type").asText()).isEqualTo("image/png");
      assertThat(result.at("/1/source/data").asText()).isEqualTo("AAAA");
    }
    if (client != Dialect.OpenAiChat) {
      var messages = translated(client, body, Dialect.OpenAiChat).path("messages");
      assertThat(messages.at("/2/role").asText()).isEqualTo("tool");
      assertThat(messages.at("/2/content").asText()).isEqualTo("see");
      assertThat(messages.at("/3/content/0/text").asText()).contains("the result of c");
      assertThat(messages.at("/3/content/1/image_url/url").asText())
          .isEqualTo("data:image/png;base64,AAAA");
      assertThat(messages.at("/3/content/2/text").asText()).isEqualTo("So?");
    }
    var result = translated(client, body, Dialect.OllamaChat).at("/messages/2");
    assertThat(result.path("content").asText()).isEqualTo("see");
    assertThat(result.path("images").toString()).isEqualTo("[\"AAAA\"]");
  }

  @Test
  void aResultOfImagesAloneIsOne() throws Exception {
    var chat =
        translated(
            Dialect.AnthropicMessages,
            """
            {"model":"m","max_tokens":5,"messages":[{"role":"user","content":[
              {"type":"tool_result","tool_use_id":"c","content":[
                {"type":"image","source":{"type":"url","url":"https://a/b.png"}}]}]}]}
            """,
            Dialect.OpenAiChat);

    assertThat(chat.at("/messages/0/content").asText()).isEmpty();
    assertThat(chat.at("/messages/1/content/1/image_url/url").asText())
        .isEqualTo("https://a/b.png");
  }
}
