package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelRequestTest {

  @Test
  void aChatSaysWhatItWants() throws BadModelRequest {
    ModelRequest request =
        read(
            Dialect.OpenAiChat,
            """
            {"model":"gpt","stream":true,"stream_options":{"include_usage":true},"n":2,
             "max_completion_tokens":50,"user":"u1","tools":[{"type":"function"}],
             "messages":[{"role":"system","content":"Be brief."},
              {"role":"user","content":[{"type":"text","text":"Grüße"},
               {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}
            """);

    assertThat(request.model()).isEqualTo("gpt");
    assertThat(request.stream()).isTrue();
    assertThat(request.includeUsage()).isTrue();
    assertThat(request.n()).isEqualTo(2);
    assertThat(request.maxTokens()).isEqualTo(50);
    assertThat(request.user()).isEqualTo("u1");
    assertThat(request.hasTools()).isTrue();
    assertThat(request.messages()).isEqualTo(2);
    assertThat(request.images()).isEqualTo(1);
    assertThat(request.promptBytes())
        .isEqualTo("Be brief.Grüße{'type':'function'}".getBytes(UTF_8).length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'model' 'm'} | The body is not JSON, or has a member twice, at line 1, column 10.",
        "{'model':'m','model':'n'} | The body is not JSON, or has a member twice, at line 1, column 21.",
        "{'model':'m', | The body is not JSON, or has a member twice, at line 1, column 14."
      })
  void whatIsNotJsonIsToldByItsPlace(String body, String message) {
    var refused = catchThrowableOfType(BadModelRequest.class, () -> read(Dialect.OpenAiChat, body));
    assertThat(refused).hasMessage(message);
  }

  @Test
  void everyAnswerThatIsMadeIsCounted() throws BadModelRequest {
    assertThat(read(Dialect.OpenAiCompletions, "{'model':'m','prompt':'x','n':2,'best_of':5}").n())
        .isEqualTo(5);
    assertThat(read(Dialect.OpenAiCompletions, "{'model':'m','prompt':['x','y'],'n':3}").n())
        .isEqualTo(6);
    assertThat(read(Dialect.OpenAiCompletions, "{'model':'m','prompt':[[1,2],[3]]}").n())
        .isEqualTo(2);
    assertThat(read(Dialect.OpenAiCompletions, "{'model':'m','prompt':[1,2,3]}").n()).isEqualTo(1);
  }

  @Test
  void ofTwoBoundsTheGreaterIsWhatAnAnswerMayHave() throws BadModelRequest {
    assertThat(
            read(
                    Dialect.OpenAiChat,
                    "{'model':'m','messages':[],'max_tokens':1,'max_completion_tokens':9000}")
                .maxTokens())
        .isEqualTo(9000);
  }

  @Test
  void ollamaStreamsUnlessToldOtherwise() throws BadModelRequest {
    assertThat(read(Dialect.OllamaChat, "{'model':'m','messages':[]}").stream()).isTrue();
    assertThat(read(Dialect.OllamaChat, "{'model':'m','stream':false}").stream()).isFalse();
    assertThat(read(Dialect.OllamaEmbed, "{'model':'m','input':'a'}").stream()).isFalse();
  }

  @Test
  void ollamasImagesAreCountedAndNotTakenForText() throws BadModelRequest {
    ModelRequest request =
        read(
            Dialect.OllamaChat,
            "{'model':'m','messages':[{'role':'user','content':'Hi','images':['AAAA','BBBB']}],"
                + "'options':{'num_predict':7}}");

    assertThat(request.images()).isEqualTo(2);
    assertThat(request.promptBytes()).isEqualTo(2);
    assertThat(request.maxTokens()).isEqualTo(7);
  }

  @Test
  void anthropicsImagesAreCountedAndItsUserIsRead() throws BadModelRequest {
    ModelRequest request =
        read(
            Dialect.AnthropicMessages,
            "{'model':'m','max_tokens':9,'metadata':{'user_id':'u2'},'system':'abc','messages':[{'role':'user',"
                + "'content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AAAA'}},"
                + "{'type':'text','text':'de'}]}]}");

    assertThat(request.images()).isEqualTo(1);
    assertThat(request.promptBytes()).isEqualTo(5);
    assertThat(request.user()).isEqualTo("u2");
  }

  @Test
  void aDocumentOfPlainTextIsRead() throws BadModelRequest {
    String body =
        "{'model':'m','max_tokens':9,'messages':[{'role':'user','content':[{'type':'document',"
            + "'source':{%s}},{'type':'document','source':{'type':'base64','media_type':"
            + "'application/pdf','data':'AAAA'}}]}]}";

    for (String source :
        List.of("'type':'text','data':'a long text'", "'data':'a long text','type':'text'")) {
      ModelRequest request = read(Dialect.AnthropicMessages, body.formatted(source));

      assertThat(request.promptBytes()).isBetween(11L, 12L);
      assertThat(request.promptText()).isEqualTo("a long text\n");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "AnthropicMessages | {'type':'document','source':{'type':'base64','media_type':"
            + "'application/pdf','data':'%s'}} | 20",
        "AnthropicMessages | {'type':'document','source':{'data':'%s','media_type':"
            + "'application/pdf','type':'base64'}} | 20",
        "AnthropicMessages | {'type':'image','source':{'type':'base64','media_type':'image/png',"
            + "'data':'%s'}} | 0",
        "OpenAiChat | {'type':'video_url','video_url':{'url':'data:video/mp4;base64,%s'}} | 2",
        "OpenAiChat | {'type':'audio_url','audio_url':{'url':'data:audio/wav;base64,%s'}} | 2",
        "OpenAiChat | {'type':'image_url','image_url':{'url':'data:video/mp4;base64,%s'}} | 2",
        "OpenAiChat | {'type':'image_url','image_url':{'url':'data:image/png;base64,%s'}} | 0",
        "OpenAiChat | {'type':'video_url','video_url':{'url':'https://a/%s'}} | 0",
        "AnthropicMessages | {'type':'redacted_thinking','data':'%s'} | 0",
        "OpenAiChat | {'type':'file','file':{'file_data':'%s','filename':'a.pdf'}} | 20",
        "OpenAiChat | {'type':'input_audio','input_audio':{'data':'%s','format':'wav'}} | 2",
      })
  void filesAndAudioAreCountedByTheirLength(Dialect dialect, String part, int tokens)
      throws BadModelRequest {
    ModelRequest request =
        read(
            dialect,
            "{'model':'m','max_tokens':9,'messages':[{'role':'user','content':["
                + part.formatted("A".repeat(999))
                + "]}]}");

    assertThat(request.fileTokens()).isBetween((long) tokens, tokens + 1L);
    assertThat(request.promptBytes()).isLessThan(10);
  }

  @Test
  void thePromptHasTheTokensOfAllThatIsInIt() throws BadModelRequest {
    ModelRequest request =
        read(
            Dialect.OpenAiChat,
            "{'model':'m','messages':[{'role':'user','content':[{'type':'text','text':'12345678'},"
                + "{'type':'image_url','image_url':{'url':'https://a/b.png'}},"
                + "{'type':'input_audio','input_audio':{'data':'%s','format':'wav'}}]}]}"
                    .formatted("A".repeat(1000)));

    assertThat(request.promptTokens()).isBetween(1604L, 1606L);
  }

  @Test
  void whatAToolIsCalledWithIsReadWhateverItsNames() throws BadModelRequest {
    ModelRequest request =
        read(
            Dialect.AnthropicMessages,
            "{'model':'m','max_tokens':9,'messages':[{'role':'assistant','content':[{'type':"
                + "'tool_use','id':'t','input':{'url':'abc','images':['de'],'a':{'data':'f'}}}]},"
                + "{'role':'user','content':[{'type':'image','source':{'data':'AAAA'}}]}]}");

    assertThat(request.promptBytes()).isEqualTo(6);
    assertThat(request.images()).isEqualTo(1);
  }

  @Test
  void aPromptStandsForMessages() throws BadModelRequest {
    ModelRequest request =
        read(
            Dialect.OpenAiChat,
            "{'model':'m','prompt':{'name':'mail','label':'production','variables':{'tone':'warm'}}}");

    PromptReference prompt = request.prompt();
    assertThat(prompt).isNotNull();
    assertThat(prompt.name()).isEqualTo("mail");
    assertThat(prompt.label()).isEqualTo("production");
    assertThat(prompt.version()).isNull();
    assertThat(prompt.variables().get("tone").asText()).isEqualTo("warm");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OpenAiChat | [] | ",
        "OpenAiChat | {'model':'m'} | messages",
        "OpenAiChat | {'messages':[]} | model",
        "OpenAiChat | {'model':7,'messages':[]} | model",
        "OpenAiChat | {'model':'m','messages':{}} | messages",
        "OpenAiChat | {'model':'m','messages':['Hi']} | messages[0]",
        "OpenAiChat | {'model':'m','messages':[],'stream':1} | stream",
        "OpenAiChat | {'model':'m','messages':[],'n':0} | n",
        "OpenAiChat | {'model':'m','messages':[],'max_tokens':1.5} | max_tokens",
        "OpenAiChat | {'model':'m','messages':[],'max_tokens':100000000000000000000} | max_tokens",
        "OllamaChat | {'model':'m','options':{'num_predict':-100000000000000000000}} |"
            + " options.num_predict",
        "OpenAiChat | {'model':'m','prompt':{'name':'a','version':'1','label':'b'}} | prompt.label",
        "OpenAiChat | {'model':'m','prompt':'a'} | prompt",
        "AnthropicMessages | {'model':'m','messages':[]} | max_tokens",
        "OpenAiEmbeddings | {'model':'m'} | input",
        "OllamaEmbeddings | {'model':'m'} | prompt",
        "OllamaChat | {'model':'m','options':{'num_predict':'x'}} | options.num_predict",
        "OpenAiChat | {'model':'m','model':'n','messages':[]} | ",
        "OpenAiChat | {'model':'m','messages':[]} {} | ",
        "OpenAiChat | {'model':'m','messages':[} | ",
      })
  void whatIsWrongIsNamed(Dialect dialect, String body, String param) {
    BadModelRequest bad = catchThrowableOfType(BadModelRequest.class, () -> read(dialect, body));

    assertThat(bad.param()).isEqualTo(param);
    assertThat(bad.getMessage()).endsWith(".");
  }

  @Test
  void anotherEncodingThanUtf8IsRefused() {
    byte[] body =
        "{\"model\":\"m\",\"messages\":[]}".getBytes(java.nio.charset.StandardCharsets.UTF_16LE);

    BadModelRequest bad =
        catchThrowableOfType(
            BadModelRequest.class, () -> ModelRequest.read(Dialect.OpenAiChat, body));

    assertThat(bad.getMessage()).contains("UTF-8");
  }

  @Test
  void aBodyIsNotNestedWithoutEnd() {
    String deep = "[".repeat(2000) + "]".repeat(2000);

    BadModelRequest bad =
        catchThrowableOfType(
            BadModelRequest.class,
            () -> read(Dialect.OpenAiChat, "{'model':'m','messages':[],'x':" + deep + "}"));

    assertThat(bad.getMessage()).contains("nested");
  }

  private static ModelRequest read(Dialect dialect, String body) throws BadModelRequest {
    return ModelRequest.read(dialect, body.replace('\'', '"').getBytes(UTF_8));
  }
}
