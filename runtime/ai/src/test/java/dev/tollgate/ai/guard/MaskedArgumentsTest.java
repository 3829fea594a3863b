package dev.tollgate.ai.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.ai.protocol.ArgumentsFilter;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.ai.protocol.ResponseReader;
import dev.tollgate.ai.protocol.TextFilter.Kind;
import dev.tollgate.ai.protocol.TextFilter.Lane;
import dev.tollgate.ai.protocol.WholeResponse;
import dev.tollgate.crd.model.PersonalData;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Arguments of tools are masked in requests and in answers, and stay JSON. */
class MaskedArgumentsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Masking ALL = Masking.of(Set.of(PersonalData.values()));
  private static final Lane LANE = Lane.of(0, Kind.Argument);

  private static final String GIVEN =
      """
      {"to":"\\njo@x.org","cc":["a@b.org \\"A\\"","\\u006ao@x.org"],"card":4111111111111111,"n":[1.5e3,-7],"ok":true}\
      """;
  private static final String MASKED =
      """
      {"to":"\\n[EMAIL]","cc":["[EMAIL] \\"A\\"","[EMAIL]"],"card":"[CREDIT_CARD]","n":[1.5e3,-7],"ok":true}\
      """;

  private static MaskFilter filter() {
    return new MaskFilter(ALL, () -> {});
  }

  @Test
  void eachStringIsMaskedWithoutItsEscapesAndANumberBecomesAString() {
    assertThat(ArgumentsFilter.whole(filter(), LANE, GIVEN)).isEqualTo(MASKED);
  }

  @Test
  void whatIsNoJsonPassesAndNeverFails() {
    for (String text :
        new String[] {"", "not json", "{\"a\":\"b", "{\"a\\", "\"\\uZ\"", "-", "[1"}) {
      assertThat(ArgumentsFilter.whole(filter(), LANE, text))
          .hasSizeLessThanOrEqualTo(text.length());
    }
    assertThat(ArgumentsFilter.whole(filter(), LANE, "{\"a\":\"jo@x.org"))
        .isEqualTo("{\"a\":\"[EMAIL]");
  }

  @Property(tries = 2000)
  void howArgumentsAreCutMakesNoDifference(@ForAll("texts") List<String> texts, @ForAll long seed)
      throws JsonProcessingException {
    var given = JSON.createObjectNode();
    var expected = JSON.createObjectNode();
    for (int i = 0; i < texts.size(); i++) {
      given.putArray("k" + i).add(texts.get(i)).add(i);
      expected.putArray("k" + i).add(ALL.mask(texts.get(i))).add(i);
    }
    String json = given.toString();
    var arguments = new ArgumentsFilter(filter(), LANE);
    var out = new StringBuilder();
    for (String piece : cut(json, seed)) {
      out.append(arguments.next(piece));
    }
    out.append(arguments.rest());

    assertThat(JSON.readTree(out.toString())).isEqualTo(expected);
  }

  private static List<String> cut(String text, long seed) {
    var random = new Random(seed);
    List<String> pieces = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int to = Math.min(text.length(), at + 1 + random.nextInt(6));
      pieces.add(text.substring(at, to));
      at = to;
    }
    return pieces;
  }

  @Provide
  Arbitrary<List<String>> texts() {
    return Arbitraries.oneOf(
            Arbitraries.of(
                "jo@x.org",
                "\njo@x.org\t",
                "a \"4111 1111 1111 1111\"",
                "DE89370400440532013000",
                "8.8.8.8\\",
                "+49 30 1234567",
                "😀jo@x.org😀",
                "\u0001",
                ""),
            Arbitraries.strings().withChars("a@.o0123 \"\\\n/é😀").ofMaxLength(12))
        .list()
        .ofMaxSize(4);
  }

  @ParameterizedTest
  @EnumSource(names = {"OpenAiChat", "AnthropicMessages"})
  void aStreamIsMaskedAcrossItsEvents(Dialect dialect) throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      var sink = new Gathered();
      var reader = ResponseReader.of(exchange(dialect, true), filter(), sink);
      reader.feed(Unpooled.wrappedBuffer(stream(dialect, cut(GIVEN, seed)).getBytes(UTF_8)));
      reader.end();

      assertThat(sink.completed).isTrue();
      assertThat(arguments(dialect, sink.bytes.toString(UTF_8))).isEqualTo(MASKED);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OpenAiChat", "AnthropicMessages", "OllamaChat", "OpenAiResponses"})
  void callsSideBySideAreMaskedAcrossTheirEvents(Dialect client) throws Exception {
    var stream =
        call(0, "\"id\":\"a\",", "f", "{\"to\":\"jo@x.")
            + call(1, "\"id\":\"b\",", "g", "{\"to\":\"al@y.")
            + call(0, "", "", "org\"}")
            + call(1, "", "", "org\"}")
            + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
            + "data: [DONE]\n\n";
    var sink = new Gathered();
    var reader = ResponseReader.of(exchange(client, Dialect.OpenAiChat, true), filter(), sink);
    reader.feed(Unpooled.wrappedBuffer(stream.getBytes(UTF_8)));
    reader.end();

    assertThat(sink.completed).isTrue();
    assertThat(sink.bytes.toString(UTF_8))
        .contains("[EMAIL]")
        .doesNotContain("jo@x", "al@y", "org");
  }

  private static String call(int index, String id, String name, String arguments) throws Exception {
    return chunk(
        "\"tool_calls\":[{\"index\":"
            + index
            + ","
            + id
            + "\"function\":{\"name\":\""
            + name
            + "\",\"arguments\":"
            + JSON.writeValueAsString(arguments)
            + "}}]");
  }

  @ParameterizedTest
  @EnumSource(names = {"OpenAiChat", "AnthropicMessages"})
  void aWholeAnswerIsMasked(Dialect dialect) throws Exception {
    String body =
        dialect == Dialect.OpenAiChat
            ? "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                + "\"tool_calls\":[{\"id\":\"t\",\"type\":\"function\",\"function\":{\"name\":\"f\","
                + "\"arguments\":"
                + JSON.writeValueAsString(GIVEN)
                + "}}]},\"finish_reason\":\"tool_calls\"}]}"
            : "{\"type\":\"message\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":"
                + GIVEN
                + "}],\"stop_reason\":\"tool_use\"}";

    var complete =
        (WholeResponse.Complete)
            WholeResponse.read(exchange(dialect, false), filter(), body.getBytes(UTF_8));

    JsonNode answer = JSON.readTree(complete.body());
    assertThat(
            dialect == Dialect.OpenAiChat
                ? JSON.readTree(
                    answer.at("/choices/0/message/tool_calls/0/function/arguments").asText())
                : answer.at("/content/0/input"))
        .isEqualTo(JSON.readTree(MASKED));
  }

  @Test
  void aFunctionThatIsCalledInTheWayBeforeToolsIsMaskedAndStaysOne() throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      var stream =
          new StringBuilder(chunk("\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}"));
      for (var piece : cut(GIVEN, seed)) {
        stream.append(
            chunk("\"function_call\":{\"arguments\":" + JSON.writeValueAsString(piece) + "}"));
      }
      stream
          .append(
              "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"function_call\"}]}\n\n")
          .append("data: [DONE]\n\n");
      var sink = new Gathered();
      var reader = ResponseReader.of(exchange(Dialect.OpenAiChat, true), filter(), sink);
      reader.feed(Unpooled.wrappedBuffer(stream.toString().getBytes(UTF_8)));
      reader.end();

      var told = sink.bytes.toString(UTF_8);
      assertThat(told)
          .contains("\"delta\":{\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}}")
          .contains("\"finish_reason\":\"function_call\"")
          .doesNotContain("tool_calls");
      var arguments = new StringBuilder();
      for (var line : told.lines().filter(l -> l.startsWith("data: {")).toList()) {
        arguments.append(
            JSON.readTree(line.substring(6))
                .at("/choices/0/delta/function_call/arguments")
                .asText(""));
      }
      assertThat(arguments).hasToString(MASKED);
    }

    String body =
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":null,\"function_call\":{\"name\":\"f\","
            + "\"arguments\":"
            + JSON.writeValueAsString(GIVEN)
            + "}},\"finish_reason\":\"function_call\"}]}";
    var complete =
        (WholeResponse.Complete)
            WholeResponse.read(exchange(Dialect.OpenAiChat, false), filter(), body.getBytes(UTF_8));
    var choice = JSON.readTree(complete.body()).at("/choices/0");
    assertThat(choice.at("/message/function_call/name").asText()).isEqualTo("f");
    assertThat(choice.at("/message/function_call/arguments").asText()).isEqualTo(MASKED);
    assertThat(choice.path("message").has("tool_calls")).isFalse();
    assertThat(choice.path("finish_reason").asText()).isEqualTo("function_call");
  }

  @Test
  void argumentsInRequestsAreMaskedAndStayJson() throws Exception {
    var masked =
        masked(
            Dialect.OpenAiChat,
            "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t\",\"type\":\"function\","
                + "\"function\":{\"name\":\"f\",\"arguments\":"
                + JSON.writeValueAsString(GIVEN)
                + "}}]}]}");
    assertThat(masked.at("/messages/0/tool_calls/0/function/arguments").asText()).isEqualTo(MASKED);
    var responses =
        masked(
            Dialect.OpenAiResponses,
            "{\"model\":\"m\",\"input\":[{\"type\":\"function_call\",\"call_id\":\"t\",\"name\":\"f\",\"arguments\":"
                + JSON.writeValueAsString(GIVEN)
                + "}]}");
    assertThat(responses.at("/input/0/arguments").asText()).isEqualTo(MASKED);
    var anthropic =
        masked(
            Dialect.AnthropicMessages,
            "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"assistant\",\"content\":["
                + "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":"
                + GIVEN
                + "}]}]}");
    assertThat(anthropic.at("/messages/0/content/0/input")).isEqualTo(JSON.readTree(MASKED));
    var ollama =
        masked(
            Dialect.OllamaChat,
            "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\","
                + "\"arguments\":"
                + GIVEN
                + "}}]}]}");
    assertThat(ollama.at("/messages/0/tool_calls/0/function/arguments"))
        .isEqualTo(JSON.readTree(MASKED));
  }

  @Test
  void argumentsWithoutPersonalDataStayToTheByte() {
    var body =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t\","
            + "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\" : \\\"\\\\u0062\\\"}\"}}]}]}";

    assertThat(RequestMask.mask(ALL, Dialect.OpenAiChat, body.getBytes(UTF_8))).isNull();
  }

  private static JsonNode masked(Dialect dialect, String body) throws Exception {
    byte[] masked = RequestMask.mask(ALL, dialect, body.getBytes(UTF_8));
    assertThat(masked).isNotNull();
    return JSON.readTree(masked);
  }

  private static Exchange exchange(Dialect dialect, boolean stream) throws BadModelRequest {
    return exchange(dialect, dialect, stream);
  }

  private static Exchange exchange(Dialect client, Dialect backend, boolean stream)
      throws BadModelRequest {
    var ask =
        "{\"model\":\"m\",\"max_tokens\":9,\"stream\":" + stream + ",\"messages\":[],\"input\":[]}";
    return Exchange.of(
        ModelRequest.read(client, ask.getBytes(UTF_8)),
        backend,
        "1",
        InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z")));
  }

  private static String stream(Dialect dialect, List<String> pieces) throws Exception {
    var out = new StringBuilder();
    if (dialect == Dialect.OpenAiChat) {
      out.append(
          chunk(
              "\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]"));
      for (var piece : pieces) {
        out.append(
            chunk(
                "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
                    + JSON.writeValueAsString(piece)
                    + "}}]"));
      }
      return out.append(
              "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n")
          .append("data: [DONE]\n\n")
          .toString();
    }
    out.append("data: {\"type\":\"message_start\",\"message\":{}}\n\n");
    out.append("data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":")
        .append("{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n");
    for (var piece : pieces) {
      out.append("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":")
          .append("{\"type\":\"input_json_delta\",\"partial_json\":")
          .append(JSON.writeValueAsString(piece))
          .append("}}\n\n");
    }
    return out.append("data: {\"type\":\"content_block_stop\",\"index\":0}\n\n")
        .append("data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n")
        .append("data: {\"type\":\"message_stop\"}\n\n")
        .toString();
  }

  private static String chunk(String delta) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{" + delta + "}}]}\n\n";
  }

  /** The arguments that a client puts together from a stream. */
  private static String arguments(Dialect dialect, String stream) throws Exception {
    var out = new StringBuilder();
    for (var line : stream.lines().filter(l -> l.startsWith("data: {")).toList()) {
      var event = JSON.readTree(line.substring(6));
      out.append(
          dialect == Dialect.OpenAiChat
              ? event.at("/choices/0/delta/tool_calls/0/function/arguments").asText("")
              : event.at("/delta/partial_json").asText(""));
    }
    return out.toString();
  }
}
