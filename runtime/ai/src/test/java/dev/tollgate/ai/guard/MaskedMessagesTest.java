package dev.tollgate.ai.guard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.Exchange;
import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.ai.protocol.ResponseReader;
import dev.tollgate.ai.protocol.Usage;
import dev.tollgate.ai.protocol.WholeResponse;
import dev.tollgate.crd.model.PersonalData;
import io.netty.buffer.Unpooled;
import java.time.InstantSource;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Masked answers of Anthropic's to its own clients: only the personal data change. */
class MaskedMessagesTest {

  private static final Masking ALL = Masking.of(Set.of(PersonalData.values()));

  private static final String USAGE =
      "\"usage\":{\"input_tokens\":20,\"cache_creation_input_tokens\":3,\"cache_creation\":"
          + "{\"ephemeral_5m_input_tokens\":1,\"ephemeral_1h_input_tokens\":2},"
          + "\"cache_read_input_tokens\":5,\"output_tokens\":9,\"service_tier\":\"standard\"}";

  private static final String STREAM =
      event("message_start", "\"message\":{\"id\":\"msg_01\",\"model\":\"claude\"," + USAGE + "}")
          + event(
              "content_block_start",
              "\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
          + ": a comment\n\n"
          + delta(0, "\"type\":\"thinking_delta\",\"thinking\":\"Ask @1\"")
          + delta(0, "\"type\":\"signature_delta\",\"signature\":\"4111111111111111\"")
          + stop(0)
          + event(
              "content_block_start",
              "\"index\":1,\"content_block\":{\"type\":\"redacted_thinking\",\"data\":\"4111111111111111\"}")
          + stop(1)
          + event(
              "content_block_start",
              "\"index\":2,\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"srv_1\",\"name\":\"web_search\",\"input\":{}}")
          + delta(2, "\"type\":\"input_json_delta\",\"partial_json\":\"\"")
          + delta(2, "\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"query\\\": \\\"@2\"")
          + delta(2, "\"type\":\"input_json_delta\",\"partial_json\":\"\\\"}\"")
          + stop(2)
          + event(
              "content_block_start",
              "\"index\":3,\"content_block\":{\"type\":\"web_search_tool_result\",\"tool_use_id\":\"srv_1\","
                  + "\"content\":[{\"type\":\"web_search_result\",\"title\":\"Of @3\","
                  + "\"encrypted_content\":\"4111111111111111\",\"page_age\":null}]}")
          + stop(3)
          + event(
              "content_block_start",
              "\"index\":4,\"content_block\":{\"type\":\"text\",\"text\":\"\",\"citations\":[]}")
          + delta(4, "\"type\":\"text_delta\",\"text\":\"Write to \"")
          + delta(
              4,
              "\"type\":\"citations_delta\",\"citation\":{\"type\":\"char_location\",\"cited_text\":\"@4\","
                  + "\"document_index\":0,\"start_char_index\":4111111111111111}")
          + delta(4, "\"type\":\"text_delta\",\"text\":\"@5 now. \"")
          + stop(4)
          + event(
              "message_delta",
              "\"delta\":{\"stop_reason\":\"pause_turn\",\"stop_sequence\":null}," + USAGE)
          + event("message_stop", "\"a\":1");

  private static final String WHOLE =
      "{\"id\":\"msg_01\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":["
          + "{\"type\":\"thinking\",\"thinking\":\"Ask @1\",\"signature\":\"4111111111111111\"},"
          + "{\"type\":\"redacted_thinking\",\"data\":\"4111111111111111\"},"
          + "{\"type\":\"server_tool_use\",\"id\":\"srv_1\",\"name\":\"web_search\",\"input\":{\"query\":\"@2\"}},"
          + "{\"type\":\"text\",\"text\":\"\\u0041sk @3\",\"citations\":[{\"cited_text\":\"@4\",\"encrypted_index\":\"4111111111111111\"}]}],"
          + "\"stop_reason\":\"pause_turn\",\"stop_sequence\":null, "
          + USAGE
          + "}";

  @Property(tries = 200)
  void aStreamWithoutPersonalDataStaysToTheByte(@ForAll @IntRange(min = 1, max = 400) int size)
      throws BadModelRequest {
    // a word is held back to its end, so each piece ends with a space
    String stream = STREAM.replaceAll("@[1-5]", "!? ");

    assertThat(masked(stream, size)).isEqualTo(stream);
  }

  @Property(tries = 200)
  void onlyPersonalDataOfAStreamChange(@ForAll @IntRange(min = 1, max = 400) int size)
      throws BadModelRequest {
    String masked = masked(STREAM.replaceAll("@[1-5]", "jo@x.org"), size);

    assertThat(masked).doesNotContain("jo@x.org");
    assertThat(masked)
        .contains(
            "\"thinking\":\"Ask \"",
            "\"thinking\":\"[EMAIL]\"}}\n\nevent: content_block_delta\ndata: {\"type\":"
                + "\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\"",
            "{\\\"query\\\": \\\"",
            "[EMAIL]\\\"}",
            "\"title\":\"Of [EMAIL]\",\"encrypted_content\":\"4111111111111111\",\"page_age\":null",
            "\"cited_text\":\"[EMAIL]\",\"document_index\":0,\"start_char_index\":4111111111111111",
            "\"text\":\"[EMAIL] now. \"",
            "\"stop_reason\":\"pause_turn\"");
    assertThat(masked.split("4111111111111111", -1)).hasSize(5);
    assertThat(masked.split("\"cache_creation_input_tokens\":3", -1)).hasSize(3);
  }

  @Test
  void aWholeAnswerWithoutPersonalDataIsTheArrayThatCame() throws BadModelRequest {
    byte[] body = WHOLE.replaceAll("@[1-4]", "them").getBytes(UTF_8);

    WholeResponse read = WholeResponse.read(exchange(), filter(), body);

    assertThat(((WholeResponse.Complete) read).body()).isSameAs(body);
    assertThat(((WholeResponse.Complete) read).usage()).isEqualTo(new Usage(28, 5, 3, 2, 9, false));
  }

  @Test
  void onlyPersonalDataOfAWholeAnswerChange() throws BadModelRequest {
    byte[] body = WHOLE.replaceAll("@[1-4]", "jo@x.org").getBytes(UTF_8);

    WholeResponse read = WholeResponse.read(exchange(), filter(), body);

    assertThat(new String(((WholeResponse.Complete) read).body(), UTF_8))
        .isEqualTo(WHOLE.replaceAll("@[1-4]", "[EMAIL]").replace("\\u0041sk", "Ask"));
  }

  @Test
  void aBlockThatBeginsWithTextGoesOnAsOne() throws BadModelRequest {
    String stream =
        event(
                "content_block_start",
                "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"To jo@x\"}")
            + delta(0, "\"type\":\"text_delta\",\"text\":\".org\"")
            + event("message_delta", "\"delta\":{\"stop_reason\":\"end_turn\"}")
            + event("message_stop", "\"a\":1");

    assertThat(masked(stream, 1000)).contains("\"text\":\"To \"", "[EMAIL]").doesNotContain("jo");
  }

  private static MaskFilter filter() {
    return new MaskFilter(ALL, () -> {});
  }

  private static Exchange exchange() throws BadModelRequest {
    var ask = "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"messages\":[]}";
    return Exchange.of(
        ModelRequest.read(Dialect.AnthropicMessages, ask.getBytes(UTF_8)),
        Dialect.AnthropicMessages,
        "1",
        InstantSource.system());
  }

  private static String masked(String stream, int size) throws BadModelRequest {
    var sink = new Gathered();
    var reader = ResponseReader.of(exchange(), filter(), sink);
    byte[] bytes = stream.getBytes(UTF_8);
    for (int at = 0; at < bytes.length; at += size) {
      reader.feed(Unpooled.wrappedBuffer(bytes, at, Math.min(size, bytes.length - at)));
    }
    reader.end();
    assertThat(sink.completed).isTrue();
    return sink.bytes.toString(UTF_8);
  }

  private static String event(String type, String members) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
  }

  private static String delta(int index, String delta) {
    return event("content_block_delta", "\"index\":" + index + ",\"delta\":{" + delta + "}");
  }

  private static String stop(int index) {
    return event("content_block_stop", "\"index\":" + index);
  }
}
