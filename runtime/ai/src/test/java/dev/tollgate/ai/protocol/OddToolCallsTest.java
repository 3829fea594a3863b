package dev.tollgate.ai.protocol;

import static dev.tollgate.ai.protocol.Dialect.AnthropicMessages;
import static dev.tollgate.ai.protocol.Dialect.OllamaChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiChat;
import static dev.tollgate.ai.protocol.Dialect.OpenAiResponses;
import static dev.tollgate.ai.protocol.Told.call;
import static dev.tollgate.ai.protocol.Told.finish;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of tools that are without arguments, cut off, side by side, or named in odd ways. */
class OddToolCallsTest {

  private static final String NO_ARGUMENTS =
      """
      data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}

      data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"now","input":{}}}

      data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}

      data: {"type":"content_block_stop","index":0}

      data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}

      data: {"type":"message_stop"}

      """;

  private static final String SIDE_BY_SIDE =
      call(0, "a", "f", "")
          + call(1, "b", "g", "")
          + call(0, null, null, "{\"x\":\"}")
          + call(1, null, null, "{\"y\":")
          + call(0, null, null, "\\\"\"}")
          + call(1, null, null, "2}")
          + finish("tool_calls");

  @Test
  void aCallWithoutArgumentsHasTheEmptyObject() throws Exception {
    Told told = Told.stream(OpenAiChat, AnthropicMessages, NO_ARGUMENTS);

    assertThat(told.chatArguments()).containsExactly("{}");
    assertThat(told.sink.calls).containsExactly("firstContent", "completed");
  }

  @Test
  void emptyArgumentsOfACompatibleServerAreTheEmptyObjectWhereMasked() throws Exception {
    String stream = call(0, "a", "f", "") + call(1, "b", "g", "{}") + finish("tool_calls");

    Told told = Told.masked(OpenAiChat, Told.UNCHANGED, stream);

    assertThat(told.chatArguments()).containsExactly("{}", "{}");
  }

  @Test
  void aCallThatWasCutOffIsLeftOutOfOllamasStream() throws Exception {
    String stream =
        call(0, "a", "f", "{}") + call(1, "b", "g", "{\"city\": \"Par") + finish("length");

    Told told = Told.stream(OllamaChat, OpenAiChat, stream);

    assertThat(told.events).hasSize(2);
    assertThat(told.events.getFirst().at("/message/tool_calls")).hasSize(1);
    assertThat(told.events.getLast().path("done_reason").asText()).isEqualTo("length");
    assertThat(told.events.getLast().path("eval_count").asInt()).isEqualTo(5);
    assertThat(told.sink.calls).containsExactly("firstContent", "completed");
  }

  @Test
  void aCallCutOffBeforeItsArgumentsIsNotOneWithoutThem() throws Exception {
    String stream = call(0, "a", "f", "") + finish("length");

    assertThat(Told.stream(OllamaChat, OpenAiChat, stream).events).hasSize(1);
    assertThat(Told.masked(OpenAiChat, Told.UNCHANGED, stream).chatArguments()).containsExactly("");
  }

  @ParameterizedTest
  @EnumSource(names = {"AnthropicMessages", "OllamaChat"})
  void aWholeAnswerThatWasCutOffIsAnAnswer(Dialect client) throws Exception {
    WholeResponse response =
        WholeResponse.read(
            Told.exchange(client, OpenAiChat, true),
            null,
            wholeCall("{\\\"city\\\": \\\"Par", "length").getBytes(UTF_8));
    JsonNode answer = Told.json(response);

    assertThat(answer.toString()).contains("Wait").doesNotContain("city").doesNotContain("tool_");
    assertThat(answer.path(client == OllamaChat ? "done_reason" : "stop_reason").asText())
        .isEqualTo(client == OllamaChat ? "length" : "max_tokens");
    assertThat(((WholeResponse.Complete) response).usage()).isEqualTo(new Usage(7, 0, 5, false));
  }

  @Test
  void argumentsThatAreNoObjectBreakAStreamWithoutHalfALine() throws Exception {
    String stream = call(0, "a", "f", "{\"city\": \"Par") + finish("tool_calls");

    Told told = Told.stream(OllamaChat, OpenAiChat, stream);

    assertThat(told.sink.utf8()).isEmpty();
    assertThat(told.sink.calls).containsExactly("firstContent", "broken Untranslatable");
    assertThat(told.usage).isEqualTo(new Usage(7, 0, 5, false));
  }

  @Test
  void argumentsThatAreNoObjectBreakAStreamThatLacksItsLastMark() throws Exception {
    String stream = call(0, "a", "f", "[1") + finish("stop").replace("data: [DONE]\n\n", "");

    Told told = Told.stream(OllamaChat, OpenAiChat, stream);

    assertThat(told.sink.utf8()).isEmpty();
    assertThat(told.sink.calls).containsExactly("firstContent", "broken Untranslatable");
  }

  @Test
  void aPlainStopWithACallIsTheUseOfATool() throws Exception {
    Told told =
        Told.stream(AnthropicMessages, OpenAiChat, call(0, "a", "f", "{}") + finish("stop"));

    assertThat(told.of("message_delta").getFirst().at("/delta/stop_reason").asText())
        .isEqualTo("tool_use");
    assertThat(
            Told.whole(AnthropicMessages, OpenAiChat, wholeCall("{}", "stop"))
                .path("stop_reason")
                .asText())
        .isEqualTo("tool_use");
  }

  @Test
  void callsThatShareAnIndexAreAllThere() throws Exception {
    String stream =
        call(0, "a", "f", "{\"x\":1}") + call(0, "b", "f", "{\"x\":2}") + finish("tool_calls");

    JsonNode calls =
        Told.stream(OllamaChat, OpenAiChat, stream).events.getFirst().at("/message/tool_calls");

    assertThat(calls).hasSize(2);
    assertThat(calls.get(0).at("/function/arguments/x").asInt()).isEqualTo(1);
    assertThat(calls.get(1).at("/function/arguments/x").asInt()).isEqualTo(2);
    assertThat(Told.stream(AnthropicMessages, OpenAiChat, stream).blocks())
        .containsExactly("a {\"x\":1}", "b {\"x\":2}");
  }

  @Test
  void aServerThatRepeatsTheNameInEveryPieceHasOneCall() throws Exception {
    String stream = call(0, "a", "f", "{\"x\"") + call(0, "a", "f", ":1}") + finish("tool_calls");
    String withoutIds =
        call(0, null, "f", "{\"x\"") + call(0, null, "f", ":1}") + finish("tool_calls");

    assertThat(Told.stream(AnthropicMessages, OpenAiChat, stream).blocks())
        .containsExactly("a {\"x\":1}");
    assertThat(Told.stream(AnthropicMessages, OpenAiChat, withoutIds).blocks())
        .containsExactly("call_1_0_0 {\"x\":1}");
    assertThat(output(Told.stream(OpenAiResponses, OpenAiChat, stream))).hasSize(1);
  }

  @Test
  void aServerWithANewIdInEveryPieceHasOneCall() throws Exception {
    String stream = call(0, "a", "f", "{\"x\"") + call(0, "b", null, ":1}") + finish("tool_calls");

    assertThat(Told.stream(AnthropicMessages, OpenAiChat, stream).blocks())
        .containsExactly("a {\"x\":1}");
  }

  @Test
  void callsSideBySideAreBlocksOneAfterTheOther() throws Exception {
    Told told = Told.stream(AnthropicMessages, OpenAiChat, SIDE_BY_SIDE);

    assertThat(told.blocks()).containsExactly("a {\"x\":\"}\\\"\"}", "b {\"y\":2}");
    assertThat(told.sink.calls).containsExactly("firstContent", "completed");
  }

  @Test
  void aCallThatHasNoEndIsABlockAllTheSame() throws Exception {
    String stream = call(0, "a", "f", "") + call(1, "b", "g", "{}") + finish("tool_calls");

    assertThat(Told.stream(AnthropicMessages, OpenAiChat, stream).blocks())
        .containsExactly("a ", "b {}");
  }

  @Test
  void whatIsHeldBackHasABound() throws Exception {
    String body = "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,\"messages\":[]}";
    var limits = new ProtocolLimits(1000, 1000, 100, 16, 10, 10);
    var sink = new Recorded();
    var reader =
        ResponseReader.of(
            Exchange.of(
                    ModelRequest.read(AnthropicMessages, body.getBytes(UTF_8)),
                    OpenAiChat,
                    "1",
                    java.time.InstantSource.system())
                .with(limits),
            sink);
    String stream = call(0, "a", "f", "") + call(1, "b", "g", "x".repeat(101));

    reader.feed(io.netty.buffer.Unpooled.wrappedBuffer(stream.getBytes(UTF_8)));

    assertThat(sink.calls).containsExactly("firstContent", "broken TooLarge");
  }

  @Test
  void callsSideBySideAreItemsOneAfterTheOther() throws Exception {
    Told told = Told.stream(OpenAiResponses, OpenAiChat, SIDE_BY_SIDE);

    // LangChain takes each change of the item for a new call
    assertThat(told.events.stream().filter(e -> e.has("output_index")))
        .extracting(e -> e.path("output_index").asInt())
        .isSorted();

    var arguments = new StringBuilder[] {new StringBuilder(), new StringBuilder()};
    for (JsonNode delta : told.of("response.function_call_arguments.delta")) {
      arguments[delta.path("output_index").asInt()].append(delta.path("delta").asText());
    }
    assertThat(arguments[0]).hasToString("{\"x\":\"}\\\"\"}");
    assertThat(arguments[1]).hasToString("{\"y\":2}");
    assertThat(told.of("response.output_item.done")).hasSize(2);
    assertThat(output(told)).hasSize(2);
    assertThat(output(told).get(1).path("arguments").asText()).isEqualTo("{\"y\":2}");
    assertThat(told.sink.calls).containsExactly("firstContent", "completed");
  }

  @Test
  void aFunctionInTheWayBeforeToolsIsATool() throws Exception {
    String stream =
        Told.chunk(
                "\"content\":null,\"function_call\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\"\"}")
            + Told.chunk("\"function_call\":{\"arguments\":\":1}\"}")
            + finish("function_call");
    String whole =
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":null,\"function_call\":{\"name\":\"f\","
            + "\"arguments\":\"{\\\"x\\\":1}\"}},\"finish_reason\":\"function_call\"}]}";

    Told anthropic = Told.stream(AnthropicMessages, OpenAiChat, stream);
    assertThat(anthropic.blocks()).containsExactly("call_1_0_0 {\"x\":1}");
    assertThat(anthropic.of("message_delta").getFirst().at("/delta/stop_reason").asText())
        .isEqualTo("tool_use");
    assertThat(
            Told.stream(OllamaChat, OpenAiChat, stream)
                .events
                .getFirst()
                .at("/message/tool_calls/0/function/arguments/x")
                .asInt())
        .isEqualTo(1);
    assertThat(
            output(Told.stream(OpenAiResponses, OpenAiChat, stream)).get(0).path("type").asText())
        .isEqualTo("function_call");
    assertThat(Told.whole(AnthropicMessages, OpenAiChat, whole).at("/content/0/input/x").asInt())
        .isEqualTo(1);
    assertThat(
            Told.whole(OllamaChat, OpenAiChat, whole)
                .at("/message/tool_calls/0/function/name")
                .asText())
        .isEqualTo("f");
  }

  @Test
  void aFunctionWithoutArgumentsHasTheEmptyObjectWhereMasked() throws Exception {
    Told told =
        Told.masked(
            OpenAiChat,
            Told.UNCHANGED,
            Told.chunk("\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}") + finish("stop"));

    assertThat(told.events.stream().map(e -> e.at("/choices/0/delta/function_call/arguments")))
        .extracting(JsonNode::asText)
        .contains("{}");
    assertThat(told.sink.utf8()).doesNotContain("tool_calls");
  }

  private static JsonNode output(Told told) {
    return told.events.getLast().at("/response/output");
  }

  private static String wholeCall(String arguments, String reason) {
    return "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"Wait\",\"tool_calls\":[{\"id\":\"a\","
        + "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\""
        + arguments
        + "\"}}]},\"finish_reason\":\""
        + reason
        + "\"}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5}}";
  }
}
