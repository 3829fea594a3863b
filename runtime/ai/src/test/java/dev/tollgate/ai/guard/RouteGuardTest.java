package dev.tollgate.ai.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.ai.protocol.MostTokens;
import dev.tollgate.ai.protocol.RequestRewrite;
import dev.tollgate.crd.model.PersonalData;
import dev.tollgate.crd.view.GuardrailView;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a route's guardrails make of a request. */
class RouteGuardTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private RouteGuard guard(List<String> deny, List<String> allow, PersonalData... mask) {
    return new RouteGuard(
        "chat",
        new GuardrailView(
            1 << 20, Long.MAX_VALUE, Long.MAX_VALUE, deny, allow, Set.of(mask), true, true),
        registry);
  }

  private static ModelRequest chat(String messages) throws BadModelRequest {
    return ModelRequest.read(
        Dialect.OpenAiChat,
        ("{\"model\":\"m\", \"messages\":" + messages + ",\"x\":\"a@b.org\"}").getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "OpenAiChat|{'model':'m','messages':[{'role':'user','content':'a secret'}]}",
        "OpenAiChat|{'model':'m','messages':[{'role':'user','content':[{'type':'text','text':'se\\u0063ret'}]}]}",
        "OpenAiCompletions|{'model':'m','prompt':['x','secret']}",
        "OpenAiEmbeddings|{'model':'m','input':'secret'}",
        "OpenAiResponses|{'model':'m','input':'x','instructions':'secret'}",
        "AnthropicMessages|{'model':'m','max_tokens':1,'system':'secret','messages':[{'role':'user','content':'x'}]}",
        "OllamaGenerate|{'model':'m','prompt':'x','system':'secret'}",
        "OllamaGenerate|{'model':'m','prompt':'x','template':'secret'}",
        "OpenAiChat|{'model':'m','messages':[],'prediction':{'type':'content','content':'secret'}}",
        "AnthropicMessages|{'model':'m','max_tokens':1,'messages':[{'role':'user','content':[{'type':'document',"
            + "'source':{'media_type':'text/plain','data':'secret','type':'text'}}]}]}",
        "AnthropicMessages|{'model':'m','max_tokens':1,'messages':[{'role':'assistant','content':[{'type':'tool_use',"
            + "'id':'t','name':'f','input':{'detail':{'url':'secret'}}}]}]}",
      })
  void textThatIsDeniedIsFoundWhereverADialectHasText(Dialect dialect, String body)
      throws BadModelRequest {
    var denial =
        guard(List.of("absent", "sec[rt]+et"), List.of())
            .denial(ModelRequest.read(dialect, body.replace('\'', '"').getBytes(UTF_8)));

    assertThat(denial).isNotNull();
    assertThat(denial.rule()).isEqualTo("deny[1]");
    assertThat(denial.message()).contains("deny[1]").doesNotContain("secret", "sec[rt]");
    assertThat(registry.counter("tollgate.guardrail", "route", "chat", "action", "denied").count())
        .isEqualTo(1);
  }

  @Test
  void namesAndImagesAreNoText() throws BadModelRequest {
    var ask =
        chat(
            "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"secret\"}}]}]");

    assertThat(guard(List.of("secret"), List.of()).denial(ask)).isNull();
  }

  @Test
  void whereTextIsRequiredARequestWithoutItIsRefused() throws BadModelRequest {
    var guard = guard(List.of("never"), List.of("(?i)weather", "rain"));

    assertThat(guard.denial(chat("[{\"role\":\"user\",\"content\":\"The Weather?\"}]"))).isNull();
    assertThat(guard.denial(chat("[{\"role\":\"user\",\"content\":\"a joke\"}]")))
        .extracting(Denial::rule)
        .isEqualTo("allow");
    // what is required does not make up for what is denied, wherever it stands
    assertThat(
            guard.denial(
                chat(
                    "[{\"role\":\"user\",\"content\":\"rain\"},{\"role\":\"user\",\"content\":\"never\"}]")))
        .extracting(Denial::rule)
        .isEqualTo("deny[0]");
  }

  @Test
  void onlyTheBytesOfPersonalDataAreReplacedInARequest() throws BadModelRequest {
    var masked =
        guard(List.of(), List.of(), PersonalData.Email, PersonalData.CreditCard)
            .changed(
                chat(
                    "[{\"role\":\"user\",\"content\":\"\\u00fc😀\\n\\\"jo@x\\u002eorg\\\" \\u0041 4111 1111 1111 1111\"}]"),
                Long.MAX_VALUE);

    assertThat(new String(masked.body(), UTF_8))
        .isEqualTo(
            "{\"model\":\"m\", \"messages\":[{\"role\":\"user\",\"content\":\"\\u00fc😀\\n\\\"[EMAIL]\\\" \\u0041 [CREDIT_CARD]\"}],\"x\":\"a@b.org\"}");
  }

  @Test
  void aDocumentOfPlainTextIsMaskedAndOneOfBytesIsNot() throws BadModelRequest {
    var body =
        "{'model':'m','max_tokens':1,'messages':[{'role':'user','content':[{'type':'document',"
            + "'source':{'data':'To jo@x.org','type':'text','media_type':'text/plain'},"
            + "'context':'of jo@x.org'},{'type':'image','source':{'type':'base64','media_type':"
            + "'image/png','data':'4111111111111111'}}]}]}";
    var ask = ModelRequest.read(Dialect.AnthropicMessages, body.replace('\'', '"').getBytes(UTF_8));

    var masked =
        guard(List.of(), List.of(), PersonalData.values()).changed(ask, Long.MAX_VALUE).body();

    assertThat(new String(masked, UTF_8).replace('"', '\''))
        .isEqualTo(body.replace("jo@x.org", "[EMAIL]"));
  }

  @Test
  void aRequestWithoutPersonalDataStaysTheSame() throws BadModelRequest {
    var ask = chat("[{\"role\":\"user\",\"content\":\"hello\"}]");

    assertThat(guard(List.of(), List.of(), PersonalData.values()).changed(ask, Long.MAX_VALUE))
        .isSameAs(ask);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "OpenAiChat|{'model':'m','messages':[]}|{'max_completion_tokens':50,'model':'m','messages':[]}",
        "OpenAiChat|{'model':'m','max_completion_tokens':90,'max_tokens': 9,'messages':[]}|{'model':'m','max_completion_tokens':50,'max_tokens': 9,'messages':[]}",
        "OpenAiCompletions|{'model':'m','max_tokens':null,'prompt':'x'}|{'model':'m','max_tokens':50,'prompt':'x'}",
        "OpenAiResponses|{'model':'m','input':'x'}|{'max_output_tokens':50,'model':'m','input':'x'}",
        "AnthropicMessages|{'model':'m','max_tokens':51,'messages':[]}|{'model':'m','max_tokens':50,'messages':[]}",
        "OllamaChat|{'model':'m','messages':[],'options':{'num_predict':-1}}|{'model':'m','messages':[],'options':{'num_predict':50}}",
        "OllamaChat|{'model':'m','messages':[],'options':{'seed':1}}|{'model':'m','messages':[],'options':{'num_predict':50,'seed':1}}",
        "OllamaGenerate|{'model':'m','prompt':'x'}|{'options':{'num_predict':50},'model':'m','prompt':'x'}",
        "OpenAiEmbeddings|{'model':'m','input':'x'}|{'model':'m','input':'x'}",
      })
  void anAnswerIsBoundedInTheRequest(Dialect dialect, String body, String bounded) {
    var bytes = OutputBound.apply(dialect, body.replace('\'', '"').getBytes(UTF_8), 50);

    assertThat(bytes == null ? body.replace('\'', '"') : new String(bytes, UTF_8))
        .isEqualTo(bounded.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "4000|'thinking':{'type':'enabled','budget_tokens':10000},'max_tokens':16000|'thinking':{'type':'enabled','budget_tokens':3999},'max_tokens':4000",
        "4000|'max_tokens':16000,'thinking':{'budget_tokens':4000,'type':'enabled'}|'max_tokens':4000,'thinking':{'budget_tokens':3999,'type':'enabled'}",
        "4000|'max_tokens':16000,'thinking':{'type':'enabled','budget_tokens':2000}|'max_tokens':4000,'thinking':{'type':'enabled','budget_tokens':2000}",
        "1025|'max_tokens':16000,'thinking':{'type':'enabled','budget_tokens':2000}|'max_tokens':1025,'thinking':{'type':'enabled','budget_tokens':1024}",
        "1024|'max_tokens':16000,'thinking':{'type':'enabled','budget_tokens':2000}|'max_tokens':1024,'thinking':{'type':'disabled'}",
        "1024|'max_tokens':16000,'thinking':{'type':'adaptive'}|'max_tokens':1024,'thinking':{'type':'adaptive'}",
        "9000|'max_tokens':2000,'thinking':{'type':'enabled','budget_tokens':10000}|'max_tokens':2000,'thinking':{'type':'enabled','budget_tokens':10000}",
      })
  void aBudgetForThinkingStaysBelowTheBound(long most, String asked, String bounded) {
    var body = ("{" + asked + "}").replace('\'', '"');
    var bytes = OutputBound.apply(Dialect.AnthropicMessages, body.getBytes(UTF_8), most);

    assertThat(bytes == null ? body : new String(bytes, UTF_8))
        .isEqualTo(("{" + bounded + "}").replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "OpenAiChat| {'model':'m','stream':true,'messages':[]}",
        "OpenAiChat|{'stream_options':{'include_usage':false},'model':'m','stream':true,'messages':[]}",
        "OpenAiCompletions|{'model':'m','stream':true,'stream_options':{},'prompt':'x'}",
        "OpenAiResponses|{'model':'m','input':'x'}",
      })
  void aBoundThatIsAddedNeedsNoSecondReading(Dialect dialect, String text) throws BadModelRequest {
    var body = text.replace('\'', '"').getBytes(UTF_8);
    var read =
        ModelRequest.readAgain(
            dialect, Objects.requireNonNull(OutputBound.apply(dialect, body, 50)), true);
    var added = ModelRequest.read(dialect, body).bounded(50);

    assertThat(added.body()).isEqualTo(read.body());
    assertThat(added.maxTokens()).isEqualTo(50);
    for (var most : MostTokens.values()) {
      assertThat(RequestRewrite.toBackend(added, dialect, "other", most))
          .isEqualTo(RequestRewrite.toBackend(read, dialect, "other", most));
    }
  }

  @Test
  void anExpressionCannotBeMadeToRunForEver() throws BadModelRequest {
    var ask = chat("[{\"role\":\"user\",\"content\":\"" + "a".repeat(20_000) + "\"}]");
    long began = System.nanoTime();

    assertThat(guard(List.of("(a+)+$x", "(a|aa)+b"), List.of()).denial(ask)).isNull();
    assertThat((System.nanoTime() - began) / 1_000_000).isLessThan(5_000);
  }
}
