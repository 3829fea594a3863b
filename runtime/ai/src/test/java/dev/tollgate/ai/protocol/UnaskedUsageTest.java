package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes of the usage because the gateway asked for it is not seen by who did not. */
class UnaskedUsageTest {

  private static final String CHOICE = "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]";
  private static final String USAGE = "{\"prompt_tokens\":7,\"completion_tokens\":5}";
  private static final String STOP =
      "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  private static final String DONE = "data: [DONE]\n\n";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{CHOICE,\"usage\":null} | {CHOICE}",
        "{CHOICE,\"usage\":USAGE} | {CHOICE}",
        "{\"usage\":USAGE,CHOICE} | {CHOICE}",
        "{\"id\":\"c\",\"usage\":null,CHOICE} | {\"id\":\"c\",CHOICE}",
        "{ \"id\" : 1 , \"usage\" : USAGE , CHOICE } | { \"id\" : 1 ,  CHOICE }",
        "{ CHOICE ,\t\"usage\" :\tnull } | { CHOICE  }",
        "{CHOICE, \"usage\": \"none\"} | {CHOICE}",
        "{CHOICE, \"usage\": 0, \"x\": [1]} | {CHOICE,  \"x\": [1]}",
        "{\"choices\":[],\"prompt_filter_results\":[{}],\"usage\":null} |"
            + " {\"choices\":[],\"prompt_filter_results\":[{}]}",
        "{\"usage\":null} | {}",
        "{CHOICE,\"x_groq\":{\"usage\":USAGE}} | {CHOICE,\"x_groq\":{\"usage\":USAGE}}",
        "{\"choices\":[{\"usage\":USAGE,\"delta\":{\"content\":\",\\\"usage\\\":null\"}}]} |"
            + " {\"choices\":[{\"usage\":USAGE,\"delta\":{\"content\":\",\\\"usage\\\":null\"}}]}",
      })
  void theMemberIsCutOutWithOneComma(String came, String goes) throws Exception {
    String event = "data: " + filled(came) + "\n\n";
    String left = "data: " + filled(goes) + "\n\n";
    for (int size = 1; size < 200; size += size < 40 ? 1 : 17) {
      assertThat(passed(Dialect.OpenAiChat, false, event + event + STOP + DONE, size))
          .isEqualTo(left + left + STOP + DONE);
      assertThat(passed(Dialect.OpenAiChat, true, event + STOP + DONE, size))
          .isEqualTo(event + STOP + DONE);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"{\"id\":\"c\",\"usage\":USAGE}", "{\"choices\":null,\"usage\":USAGE}"})
  void anEventWithoutAChoiceIsLeftOut(String came) throws Exception {
    String event = "data: " + filled(came) + "\n\n";

    assertThat(passed(Dialect.OpenAiChat, false, STOP + event + DONE, 1000)).isEqualTo(STOP + DONE);
  }

  @Test
  void dataOfSeveralLinesStayTheRestOfThem() throws Exception {
    String lines = "data: {%s,\n: a comment\ndata:\"usage\": {\ndata:}\ndata:  }\n\n";
    String before = "data: {\"usage\"\ndata: :null,\ndata: %s}\n\n";

    assertThat(
            passed(
                Dialect.OpenAiChat, false, (lines + before).formatted(CHOICE, CHOICE) + DONE, 50))
        .isEqualTo(
            "data: {%s\ndata:  }\n\ndata: {\ndata: %s}\n\n".formatted(CHOICE, CHOICE) + DONE);
  }

  @ParameterizedTest
  @EnumSource(names = {"OpenAiChat", "OpenAiCompletions"})
  void aChunkGoesOutInOnePieceAndIsCounted(Dialect dialect) throws Exception {
    String choice =
        dialect == Dialect.OpenAiChat ? CHOICE : "\"choices\":[{\"index\":0,\"text\":\"Hi\"}]";
    String events =
        ("data: {%1$s,\"usage\":null}\r\n\r\n" + "data: {\"usage\":%2$s,%1$s}\r\n\r\n")
            .formatted(choice, USAGE);
    var sink = new Recorded();
    var reader = ResponseReader.of(exchange(dialect, false), sink);

    Chunks.feed(reader, (events + STOP + DONE).getBytes(UTF_8), List.of(10_000), false);
    reader.end();

    assertThat(sink.pieces).isEqualTo(1);
    assertThat(sink.utf8())
        .isEqualTo("data: {%1$s}\r\n\r\ndata: {%1$s}\r\n\r\n".formatted(choice) + STOP + DONE);
    assertThat(reader.usage()).isEqualTo(new Usage(7, 0, 5, false));
  }

  private static String filled(String json) {
    return json.replace("CHOICE", CHOICE).replace("USAGE", USAGE);
  }

  private static String passed(Dialect dialect, boolean asked, String stream, int chunk)
      throws Exception {
    var sink = new Recorded();
    var reader = ResponseReader.of(exchange(dialect, asked), sink);
    Chunks.feed(reader, stream.getBytes(UTF_8), List.of(chunk), chunk % 2 == 0);
    reader.end();
    return sink.utf8();
  }

  private static Exchange exchange(Dialect dialect, boolean asked) throws BadModelRequest {
    String body =
        "{\"model\":\"m\",\"stream\":true,\"prompt\":%s,\"messages\":[],\"stream_options\":{\"include_usage\":%s}}"
            .formatted(dialect == Dialect.OpenAiChat ? "null" : "\"Hi\"", asked);
    return Exchange.of(
        ModelRequest.read(dialect, body.getBytes(UTF_8)), dialect, "1", InstantSource.system());
  }
}
