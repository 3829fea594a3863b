package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A request whose backend speaks the dialect of the client. */
class PassedRequestTest {

  @Test
  void onlyTheModelIsReplaced() throws BadModelRequest {
    String body =
        "{ \"temperature\" : 0.70 , \"model\" : \"fast\",\n \"x_own\": [1e2, \"\\u00e9\"],"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"Grüße, \\\"model\\\":\\\"fast\\\"\"}]}";

    assertThat(rewritten(Dialect.OpenAiChat, body, "meta/llama \"3\""))
        .isEqualTo(body.replace("\"fast\",", "\"meta/llama \\\"3\\\"\","));
  }

  @Test
  void aRequestThatNeedsNoChangeIsTheSameArray() throws BadModelRequest {
    byte[] body = "{\"model\":\"m\",\"messages\":[]}".getBytes(UTF_8);

    assertThat(
            RequestRewrite.toBackend(
                ModelRequest.read(Dialect.OpenAiChat, body), Dialect.OpenAiChat, "m"))
        .isSameAs(body);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | ",
        "'\"stream_options\":null,' | '\"stream_options\":{\"include_usage\":true},'",
        "'\"stream_options\":{},' | '\"stream_options\":{\"include_usage\":true},'",
        "'\"stream_options\":{\"a\":1},' | '\"stream_options\":{\"include_usage\":true,\"a\":1},'",
        "'\"stream_options\":{\"include_usage\":false},' |"
            + " '\"stream_options\":{\"include_usage\":true},'",
        "'\"stream_options\":{\"include_usage\":true},' |"
            + " '\"stream_options\":{\"include_usage\":true},'",
      })
  void aStreamIsAlwaysAskedForItsUsage(String options, String asked) throws BadModelRequest {
    String body = "{\"model\":\"m\",\"stream\":true,%s\"messages\":[]}";

    assertThat(rewritten(Dialect.OpenAiChat, body.formatted(options), "b"))
        .isEqualTo(
            asked == null
                ? "{\"model\":\"b\",\"stream_options\":{\"include_usage\":true},"
                    + "\"stream\":true,\"messages\":[]}"
                : body.replace("\"m\"", "\"b\"").formatted(asked));
  }

  @Test
  void whereUsageAlwaysComesItIsNotAskedFor() throws BadModelRequest {
    String body = "{\"model\":\"m\",\"messages\":[],\"max_tokens\":3,\"stream\":true}";

    assertThat(rewritten(Dialect.AnthropicMessages, body, "m")).isEqualTo(body);
    assertThat(rewritten(Dialect.OllamaChat, body, "m")).isEqualTo(body);
  }

  @Test
  void howAServerHoldsTheModelOfAllTenantsIsNotForOneOfThemToSay() throws BadModelRequest {
    String body =
        "{\"model\":\"m\",\"keep_alive\":%s,\"options\":{\"num_ctx\":%s,\"num_gpu\" : %s,"
            + "\"seed\":1,\"stop\":[\"keep_alive\"]},\"messages\":[],\"prompt\":null}";

    for (Dialect dialect : new Dialect[] {Dialect.OllamaChat, Dialect.OllamaGenerate}) {
      assertThat(rewritten(dialect, body.formatted("0", "131072", "0"), "b"))
          .isEqualTo(body.replace("\"m\"", "\"b\"").formatted("null", "null", "null"));
      assertThat(rewritten(dialect, body.formatted("\"-1\"", "{\"a\":[1]}", "-1.5e3"), "m"))
          .isEqualTo(body.formatted("null", "null", "null"));
    }
    assertThat(
            rewritten(
                Dialect.OllamaEmbed,
                "{\"keep_alive\":\"0s\",\"input\":\"a\",\"model\":\"m\"}",
                "m"))
        .isEqualTo("{\"keep_alive\":null,\"input\":\"a\",\"model\":\"m\"}");
    assertThat(
            rewritten(
                Dialect.OpenAiChat, "{\"model\":\"m\",\"keep_alive\":0,\"messages\":[]}", "m"))
        .contains("\"keep_alive\":0");
  }

  @Test
  void aTurnInTheQueueOfTheServerIsNotForTheCallerToTake() throws BadModelRequest {
    String body = "{\"model\":\"m\",\"priority\":%s,\"messages\":[]}";

    assertThat(rewritten(Dialect.OpenAiChat, body.formatted("-100"), "m"))
        .isEqualTo(body.formatted("0"));
  }

  @Test
  void aBoundBeforeThemMovesThoseValues() throws BadModelRequest {
    String body = "{\"service_tier\":\"priority\",\"model\":\"m\",\"messages\":[]}";
    var bounded = ModelRequest.read(Dialect.OpenAiChat, body.getBytes(UTF_8)).bounded(5);

    assertThat(new String(RequestRewrite.toBackend(bounded, Dialect.OpenAiChat, "m"), UTF_8))
        .isEqualTo(
            "{\"max_tokens\":5,\"service_tier\":\"default\",\"model\":\"m\",\"messages\":[]}");
  }

  @ParameterizedTest
  @CsvSource({
    "OpenAiChat,service_tier,priority,default",
    "OpenAiChat,service_tier,flex,flex",
    "OpenAiChat,service_tier,auto,auto",
    "OpenAiCompletions,service_tier,scale,default",
    "OpenAiResponses,service_tier,priority,default",
    "AnthropicMessages,speed,fast,standard",
    "AnthropicMessages,service_tier,standard_only,standard_only",
  })
  void whatTheProviderChargesIsNotForTheCallerToSay(
      Dialect dialect, String member, String said, String passed) throws BadModelRequest {
    String body =
        "{\"model\":\"m\",\"max_tokens\":5,\"%s\":\"%s\",\"messages\":[],\"input\":\"a\",\"prompt\":%s}";
    String prompt = dialect == Dialect.OpenAiCompletions ? "\"a\"" : "null";

    assertThat(rewritten(dialect, body.formatted(member, said, prompt), "m"))
        .isEqualTo(body.formatted(member, passed, prompt));
  }

  @Test
  void theNewerNameOfTheMostTokensIsReplacedForWhoKnowsTheOlderAlone() throws BadModelRequest {
    String body = "{\"model\":\"m\",\"x\":\"é\",\"max_completion_tokens\" : 6,\"messages\":[]}";
    String both = "{\"model\":\"m\",\"max_completion_tokens\":6,\"max_tokens\":7,\"messages\":[]}";

    assertThat(forOlder(body)).isEqualTo(body.replace("max_completion_tokens", "max_tokens"));
    assertThat(forOlder(both)).isEqualTo(both);
    assertThat(rewritten(Dialect.OpenAiChat, body, "m")).isEqualTo(body);
  }

  @Test
  void aBoundThatWasAddedHereHasTheNameThatTheBackendKnows() throws BadModelRequest {
    String body = "{\"max_completion_tokens\":50,\"model\":\"m\",\"messages\":[]}";
    ModelRequest added = ModelRequest.readAgain(Dialect.OpenAiChat, body.getBytes(UTF_8), true);
    ModelRequest own = ModelRequest.read(Dialect.OpenAiChat, body.getBytes(UTF_8));
    String older = body.replace("max_completion_tokens", "max_tokens");

    assertThat(as(added, MostTokens.Newer)).isEqualTo(body);
    assertThat(as(added, MostTokens.Older)).isEqualTo(older);
    assertThat(as(added, MostTokens.OlderAlone)).isEqualTo(older);
    assertThat(as(own, MostTokens.Older)).isEqualTo(body);
  }

  @Test
  void aTranslatedBoundHasTheNameThatTheBackendKnows() throws BadModelRequest {
    ModelRequest request =
        ModelRequest.read(
            Dialect.AnthropicMessages,
            "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
                .getBytes(UTF_8));

    assertThat(as(request, MostTokens.Newer)).contains("\"max_completion_tokens\":5");
    assertThat(as(request, MostTokens.Older)).contains("\"max_tokens\":5");
  }

  private static String as(ModelRequest request, MostTokens most) throws BadModelRequest {
    return new String(RequestRewrite.toBackend(request, Dialect.OpenAiChat, "m", most), UTF_8);
  }

  private static String forOlder(String body) throws BadModelRequest {
    ModelRequest request = ModelRequest.read(Dialect.OpenAiChat, body.getBytes(UTF_8));
    return new String(
        RequestRewrite.toBackend(request, Dialect.OpenAiChat, "m", MostTokens.OlderAlone), UTF_8);
  }

  private static String rewritten(Dialect dialect, String body, String model)
      throws BadModelRequest {
    ModelRequest request = ModelRequest.read(dialect, body.getBytes(UTF_8));
    return new String(RequestRewrite.toBackend(request, dialect, model), UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OpenAiChat | {'type':'file','file':{'file_id':'file-1'}} | messages[0].content[0].file.file_id",
        "OpenAiChat | {'type':'file','file_id':'f1'} | messages[0].content[0].file_id",
        "OpenAiChat | {'type':'file','\\u0066ile_id':'f1'} | messages[0].content[0].file_id",
        "AnthropicMessages | {'type':'document','source':{'type':'file','file_id':'f'}} |"
            + " messages[0].content[0].source.file_id",
        "AnthropicMessages | {'type':'container_upload','file_id':'f'} | messages[0].content[0].file_id",
        "AnthropicMessages | {'type':'tool_result','tool_use_id':'t','content':[{'type':'image',"
            + "'source':{'type':'file','file_id':'f'}}]} |"
            + " messages[0].content[0].content[0].source.file_id",
        "OpenAiChat | {'type':'image_url','image_url':{'url':'ms://f'}} |"
            + " messages[0].content[0].image_url.url",
        "OpenAiChat | {'type':'image_url','image_url':'GS:\\/\\/bucket/a.png'} |"
            + " messages[0].content[0].image_url",
        "OpenAiChat | {'type':'video_url','video_url':{'url':'\\u006ds://f'}} |"
            + " messages[0].content[0].video_url.url",
        "OpenAiChat | {'type':'text','text':'fileid://f'} | messages[0].content[0].text",
        "OpenAiChat | {'type':'text','text':' \\n f\\u0069leid:\\/\\/f'} | messages[0].content[0].text",
      })
  void aPartThatTheProviderKeepsForAllTenantsIsNotReached(
      Dialect dialect, String part, String param) {
    String body =
        "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":["
            + part.replace('\'', '"')
            + "]}]}";

    assertThat(refused(dialect, body).param()).isEqualTo(param);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OpenAiChat | 'previous_response_id':'resp_1' | previous_response_id",
        "OpenAiChat | 'messages':[{'role':'system','content':'fileid://a,fileid://b'}] |"
            + " messages[0].content",
        "OpenAiResponses | 'input':'x','instructions':'fileid://a' | instructions",
        "OpenAiResponses | 'input':[{'type':'input_image','image_url':'ms://a'}] |"
            + " input[0].image_url",
        "OpenAiChat | 'data_sources':[{'type':'azure_search'}] | data_sources",
        "OpenAiChat | 'extra_body':{'google':{'cached_content':'cachedContents/1'}} |"
            + " extra_body.google.cached_content",
        "OpenAiChat | 'tools':[{'type':'file_search','vector_store_ids':['v']}] |"
            + " tools[0].vector_store_ids",
        "OpenAiChat | 'messages':[{'role':'assistant','audio':{'id':'audio_1'}}] | messages[0].audio",
        "AnthropicMessages | 'container':'container_1' | container",
        "AnthropicMessages | 'container':{'id':'c','skills':[]} | container",
        "AnthropicMessages | 'container':{'skills':[{'type':'custom','skill_id':'s'}]} | container",
      })
  void whatTheProviderKeepsForAllTenantsIsNotReached(Dialect dialect, String member, String param) {
    assertThat(refused(dialect, chat(member)).param()).isEqualTo(param);
    assertThat(refused(dialect, chat(member))).hasMessageContaining("all tenants share");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OpenAiChat | 'container':null,'messages':[{'role':'user','content':[{'type':'file',"
            + "'file':{'file_data':'data:,','file_id':null}}]}]",
        "OpenAiChat | 'modalities':['audio'],'audio':{'voice':'a'},'messages':[{'role':'user',"
            + "'audio':null,'content':'file_id'}],'tools':[{'type':'function','function':{'name':'f',"
            + "'parameters':{'properties':{'file_id':{},'container':{}}}}}]",
        "OpenAiChat | 'messages':[{'role':'user','content':[{'type':'text','text':'see fileid://x'},"
            + "{'type':'text','text':'\\u0066ine'},{'type':'image_url','image_url':{'url':"
            + "'HTTPS://a/ms://b'}},{'type':'image_url','image_url':{'url':'data:image/png;base64,A'}"
            + "}]},{'role':'assistant','tool_calls':[{'id':'c','type':'function','function':"
            + "{'name':'f','arguments':'fileid://mine'}}]}]",
        "AnthropicMessages | 'container':{'skills':[{'type':'anthropic','skill_id':'pdf'}]}",
        "AnthropicMessages | 'tools':[{'name':'f','input_schema':{'properties':{'file_id':{}}}}],"
            + "'messages':[{'role':'assistant','content':[{'type':'tool_use','id':'t','name':'f',"
            + "'input':{'file_id':'mine'}},{'type':'bash_code_execution_tool_result',"
            + "'tool_use_id':'s','content':{'type':'bash_code_execution_result','content':["
            + "{'type':'bash_code_execution_output','file_id':'f'}]}}]}]",
      })
  void whatIsTheCallersOwnIsPassedOn(Dialect dialect, String members) throws BadModelRequest {
    assertThat(rewritten(dialect, chat(members), "m")).isEqualTo(chat(members));
  }

  private static String chat(String members) {
    String messages =
        members.contains("'messages'")
            ? ""
            : ",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";
    return "{\"model\":\"m\",\"max_tokens\":5," + members.replace('\'', '"') + messages + "}";
  }

  private static BadModelRequest refused(Dialect dialect, String body) {
    return catchThrowableOfType(BadModelRequest.class, () -> rewritten(dialect, body, "m"));
  }
}
