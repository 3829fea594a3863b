package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of servers and for clients that are particular. */
class OddServersTest {

  private static final String PARTS =
      """
      data: {"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":\
      [{"type":"text","text":"Let me "},{"type":"text","text":"see."}],"closed":true}]}}]}

      data: {"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"Hi"}]}}]}

      data: {"choices":[{"index":0,"delta":{"content":" there"},"finish_reason":"stop"}]}

      data: [DONE]

      """;

  @Test
  void aContentOfPartsIsItsTextAndReasoning() throws Exception {
    Told told = Told.stream(Dialect.OllamaChat, Dialect.OpenAiChat, PARTS);

    assertThat(told.events.stream().map(e -> e.at("/message/thinking").asText()))
        .contains("Let me ", "see.");
    assertThat(told.events.stream().map(e -> e.at("/message/content").asText()))
        .contains("Hi", " there");
  }

  @Test
  void argumentsThatAreTheObjectItselfAreRead() throws Exception {
    String stream =
        """
        data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":\
        {"name":"f","arguments":{"a": [1]}}}]}}]}

        data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: [DONE]

        """;

    Told told = Told.stream(Dialect.OllamaChat, Dialect.OpenAiChat, stream);

    assertThat(told.events.getFirst().at("/message/tool_calls/0/function/arguments").toString())
        .isEqualTo("{\"a\":[1]}");
    assertThat(Told.stream(Dialect.AnthropicMessages, Dialect.OpenAiChat, stream).sink.utf8())
        .contains("\"partial_json\":\"{\\\"a\\\": [1]}\"");
  }

  /** Ollama's package for Python reads lines as {@code str.splitlines} does. */
  @Test
  void aLineForOllamaHasNothingWithinThatMayEndIt() throws Exception {
    String text = "one\u2028two\u2029three\u0085four é 🎉 \u2030";
    String stream =
        Told.chunk("\"content\":\"" + text + "\"")
            + Told.chunk("\"reasoning_content\":\"" + text + "\"")
            + Told.chunk(
                "\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\","
                    + "\"arguments\":\"{\\\"a\\\":\\\""
                    + text
                    + "\\\"}\"}}]")
            + "data: [DONE]\n\n";

    Told told = Told.stream(Dialect.OllamaChat, Dialect.OpenAiChat, stream);

    assertThat(told.sink.utf8()).doesNotContainPattern("[\u0085\u2028\u2029]");
    assertThat(told.events.get(0).at("/message/content").asText()).isEqualTo(text);
    assertThat(told.events.get(1).at("/message/thinking").asText()).isEqualTo(text);
    assertThat(told.events.get(2).at("/message/tool_calls/0/function/arguments/a").asText())
        .isEqualTo(text);
  }

  @Test
  void reasoningIsAnItemOfAResponse() throws Exception {
    Told told = Told.stream(Dialect.OpenAiResponses, Dialect.OpenAiChat, PARTS);

    assertThat(told.of("response.reasoning_text.delta"))
        .extracting(e -> e.path("delta").asText())
        .containsExactly("Let me ", "see.");
    assertThat(told.of("response.reasoning_text.done").getFirst().path("text").asText())
        .isEqualTo("Let me see.");
    var output = told.events.getLast().at("/response/output");
    assertThat(output.get(0).path("id").asText()).startsWith("rs_");
    assertThat(output.get(0).path("summary").isArray()).isTrue();
    assertThat(output.get(0).path("content").toString())
        .isEqualTo("[{\"type\":\"reasoning_text\",\"text\":\"Let me see.\"}]");
    assertThat(output.get(1).path("type").asText()).isEqualTo("message");
    assertThat(output.get(1).at("/content/0/text").asText()).isEqualTo("Hi there");

    String whole =
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hi\",\"reasoning_content\":\"See.\","
            + "\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
            + "\"finish_reason\":\"tool_calls\"}]}";
    assertThat(
            Told.whole(Dialect.OpenAiResponses, Dialect.OpenAiChat, whole)
                .path("output")
                .findValuesAsText("type"))
        .containsExactly("reasoning", "reasoning_text", "message", "output_text", "function_call");
  }

  @Test
  void aToolInANamespaceIsCalledByItsWholeName() throws Exception {
    String body =
        """
        {"model":"m","stream":true,"input":[
          {"type":"message","role":"user","content":"Hi"},
          {"type":"function_call","call_id":"c0","namespace":"agents","name":"close","arguments":"{}"},
          {"type":"function_call_output","call_id":"c0","output":"x"}],
        "tools":[{"type":"function","name":"agents","parameters":{}},
          {"type":"namespace","name":"agents","tools":[{"type":"function","name":"close"}]}]}
        """;
    var request = ModelRequest.read(Dialect.OpenAiResponses, body.getBytes(UTF_8));
    String sent = new String(RequestRewrite.toBackend(request, Dialect.OpenAiChat, "m"), UTF_8);
    assertThat(sent)
        .contains("{\"type\":\"function\",\"function\":{\"name\":\"agents__close\"")
        .contains("\"function\":{\"name\":\"agents__close\",\"arguments\":\"{}\"}");

    String stream =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\","
            + "\"function\":{\"name\":\"agents__close\",\"arguments\":\"{}\"}}]},"
            + "\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";
    var sink = new Recorded();
    var clock = InstantSource.system();
    var exchange = Exchange.of(request, Dialect.OpenAiChat, "1", clock);
    var reader = ResponseReader.of(exchange, sink);
    reader.feed(Unpooled.wrappedBuffer(stream.getBytes(UTF_8)));
    reader.end();
    assertThat(sink.utf8())
        .contains("\"call_id\":\"c1\",\"namespace\":\"agents\",\"name\":\"close\"")
        .doesNotContain("agents__close");
  }

  @Test
  void anEventAfterThoseOfAResponseHasTheNextNumber() {
    var numbers = new EventNumbers(Dialect.OpenAiResponses);
    assertThat(numbers.next()).isZero();
    String events =
        "event: a\ndata: {\"type\":\"a\",\"sequence_number\":6}\n\n"
            + "event: b\ndata: {\"sequence_number\": 17,\"delta\":\"\\\"sequence_number\\\":99\"}\n\n";

    numbers.passed(Unpooled.wrappedBuffer(events.getBytes(UTF_8)));
    numbers.passed(Unpooled.wrappedBuffer(": ping\n\n".getBytes(UTF_8)));

    assertThat(numbers.next()).isEqualTo(18);
  }

  /** Some servers begin a text with a mark of the order of its bytes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 1000})
  void aMarkOfTheByteOrderIsNoPartOfTheFirstEvent(int chunk) throws Exception {
    String stream =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"One\"}}]}\n\n"
            + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            + "data: [DONE]\n\n";

    assertThat(read(Dialect.AnthropicMessages, "\uFEFF" + stream, chunk))
        .contains("\"text\":\"One\"");
    assertThat(read(Dialect.OpenAiChat, "\uFEFF" + stream, chunk)).isEqualTo(stream);
  }

  @ParameterizedTest
  @EnumSource(names = {"OpenAiChat", "AnthropicMessages", "OllamaChat"})
  void aMarkOfTheByteOrderIsNoPartOfAWholeAnswer(Dialect client) throws Exception {
    String answer =
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"One\"},\"finish_reason\":\"stop\"}]}";

    assertThat(Told.whole(client, Dialect.OpenAiChat, "\uFEFF" + answer).toString())
        .contains("\"One\"");
  }

  private static String read(Dialect client, String stream, int chunk) throws Exception {
    var request =
        ModelRequest.read(
            client, "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[]}".getBytes(UTF_8));
    var sink = new Recorded();
    var exchange = Exchange.of(request, Dialect.OpenAiChat, "1", InstantSource.system());
    var reader = ResponseReader.of(exchange, sink);
    byte[] bytes = stream.getBytes(UTF_8);
    for (int at = 0; at < bytes.length; at += chunk) {
      reader.feed(Unpooled.wrappedBuffer(bytes, at, Math.min(chunk, bytes.length - at)));
    }
    reader.end();
    return sink.utf8();
  }

  @Test
  void aResponseThatSaysNothingHasAMessageHoweverItComes() throws Exception {
    String thought =
        "data: {\"choices\":[{\"index\":0,\"delta\":{%s},\"finish_reason\":\"stop\"}]}\n\n"
            + "data: [DONE]\n\n";

    for (String delta : new String[] {"", "\"reasoning_content\":\"Hm.\""}) {
      Told told =
          Told.stream(Dialect.OpenAiResponses, Dialect.OpenAiChat, thought.formatted(delta));
      var whole =
          Told.whole(
              Dialect.OpenAiResponses,
              Dialect.OpenAiChat,
              "{\"choices\":[{\"index\":0,\"message\":{%s},\"finish_reason\":\"stop\"}]}"
                  .formatted(delta));

      assertThat(told.events.getLast().at("/response/output")).isEqualTo(whole.path("output"));
      assertThat(told.of("response.output_text.done")).hasSize(1);
    }
  }

  @Test
  void aFunctionWhoseNameBeginsAsANamespaceStaysAFunction() throws Exception {
    String body =
        """
        {"model":"m","stream":true,"input":"Hi","tools":[
          {"type":"function","name":"agents__open"},
          {"tools":[{"type":"function","name":"close"}],"type":"namespace","name":"agents"},
          {"type":"namespace","name":"agents__a","tools":[{"type":"function","name":"b"}]}]}
        """;
    var request = ModelRequest.read(Dialect.OpenAiResponses, body.getBytes(UTF_8));

    assertThat(request.namespaces())
        .containsOnly(Map.entry("agents__close", "agents"), Map.entry("agents__a__b", "agents__a"));
    assertThat(ToolNamespaces.of(request.namespaces(), "agents__open")).isEmpty();

    String clash = body.replace("agents__open", "agents__close");
    assertThatThrownBy(() ->
            RequestRewrite.toBackend(
                ModelRequest.read(Dialect.OpenAiResponses, clash.getBytes(UTF_8)),
                Dialect.OpenAiChat,
                "m"))
        .isInstanceOf(BadModelRequest.class)
        .hasMessageContaining("Two tools are called agents__close");
  }
}
