package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream whose client speaks the dialect of the backend. */
class PassedStreamTest {

  static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-25T12:00:00Z"));

  static final String HEAD =
      "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1764072000,"
          + "\"model\":\"llama\",\"choices\":[";
  static final String ROLE =
      HEAD
          + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
          + "\"finish_reason\":null}]}\n\n";
  static final String GRUESS =
      HEAD + "{\"index\":0,\"delta\":{\"content\":\"Grüß\"},\"finish_reason\":null}]}\n\n";
  static final String DICH =
      HEAD + "{\"index\":0,\"delta\":{\"content\":\" dich\"},\"finish_reason\":null}]}\n\n";
  static final String STOP = HEAD + "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  static final String USAGE =
      HEAD
          + "],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":2,\"total_tokens\":14,"
          + "\"prompt_tokens_details\":{\"cached_tokens\":8}}}\n\n";
  static final String DONE = "data: [DONE]\n\n";
  static final String STREAM = ROLE + GRUESS + DICH + STOP + USAGE + DONE;

  private final Recorded sink = new Recorded();

  @Test
  void theBytesAreTheBackends() throws BadModelRequest {
    ResponseReader reader = reader(",\"stream_options\":{\"include_usage\":true}");

    feed(reader, STREAM);

    assertThat(sink.utf8()).isEqualTo(STREAM);
    assertThat(sink.calls).containsExactly("firstContent", "completed");
  }

  @Test
  void theUsageIsReadAndHiddenFromAClientThatDidNotAskForIt() throws BadModelRequest {
    ResponseReader reader = reader("");

    feed(reader, STREAM);

    assertThat(reader.usage()).isEqualTo(new Usage(12, 8, 2, false));
    assertThat(sink.utf8()).isEqualTo(ROLE + GRUESS + DICH + STOP + DONE);
  }

  @Test
  void theBytesBeforeTheFirstContentComeApart() throws BadModelRequest {
    feed(reader(""), STREAM);

    assertThat(sink.beforeContent).isEqualTo(ROLE.length());
  }

  @Test
  void anErrorEventIsToldAndNotPassedOn() throws BadModelRequest {
    feed(reader(""), ROLE + "data: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n");

    assertThat(sink.utf8()).isEqualTo(ROLE);
    assertThat(sink.calls).containsExactly("failed out of memory");
  }

  @Test
  void aStreamThatStopsInTheMiddleIsBrokenAndItsUsageEstimated() throws BadModelRequest {
    ResponseReader reader = reader("");

    feed(reader, ROLE + GRUESS + DICH.substring(0, 40));

    assertThat(sink.utf8()).isEqualTo(ROLE + GRUESS);
    assertThat(sink.calls).containsExactly("firstContent", "broken Truncated");
    assertThat(reader.soFar()).isEqualTo(new Usage(1, 0, 2, true));
  }

  @Test
  void aStreamOfWhichOneAnswerOfTwoIsCompleteIsBroken() throws BadModelRequest {
    feed(reader(""), GRUESS + DICH.replace("\"index\":0", "\"index\":1") + STOP);

    assertThat(sink.calls).containsExactly("firstContent", "broken Truncated");
  }

  @Test
  void aCallOfAToolThatIsCutOffBesideACompleteAnswerIsBroken() throws BadModelRequest {
    var call =
        Told.call(0, "a", "f", "{\"x\":").replace("\"index\":0,\"delta", "\"index\":1,\"delta");
    feed(reader(""), GRUESS + call + STOP);

    assertThat(sink.calls).containsExactly("firstContent", "broken Truncated");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "data: {\"message\":\"no\",\"code\":500}\n\n"})
  void aLastMarkAloneIsNoAnswer(String before) throws BadModelRequest {
    feed(reader(""), before + DONE);

    assertThat(sink.calls).containsExactly("broken Truncated");
  }

  @Test
  void aStreamWithoutItsLastMarkIsComplete() throws BadModelRequest {
    feed(reader(""), GRUESS + STOP.stripTrailing());

    assertThat(sink.utf8()).isEqualTo(GRUESS + STOP.stripTrailing());
    assertThat(sink.calls).containsExactly("firstContent", "completed");
  }

  @Test
  void anEventThatIsNotJsonBreaksTheStream() throws BadModelRequest {
    feed(reader(""), ROLE + "data: {\"choices\":[\n\n" + DICH);

    assertThat(sink.utf8()).isEqualTo(ROLE);
    assertThat(sink.calls).containsExactly("broken Malformed");
  }

  @Test
  void anEventOverTheLimitBreaksTheStream() throws BadModelRequest {
    ModelRequest request = request("");
    var limits = new ProtocolLimits(1000, 300, 1000, 16, 10, 10);
    ResponseReader reader =
        ResponseReader.of(Exchange.of(request, Dialect.OpenAiChat, "1", CLOCK).with(limits), sink);

    feed(reader, ROLE + "data: \"" + "x".repeat(300) + "\"\n\n");

    assertThat(sink.utf8()).isEqualTo(ROLE);
    assertThat(sink.calls).containsExactly("broken TooLarge");
  }

  @Test
  void commentsAndOtherLineEndsArePassedOn() throws BadModelRequest {
    String stream = ": thinking\n\n" + STREAM;
    feed(reader(""), stream.replace("\n", "\r\n"));

    assertThat(sink.utf8())
        .isEqualTo((": thinking\n\n" + ROLE + GRUESS + DICH + STOP + DONE).replace("\n", "\r\n"));
  }

  @Property(tries = 300)
  void howTheStreamIsCutMakesNoDifference(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 1, max = 400) Integer> sizes,
      @ForAll boolean direct,
      @ForAll boolean crlf,
      @ForAll boolean asked)
      throws BadModelRequest {
    byte[] stream = (crlf ? STREAM.replace("\n", "\r\n") : STREAM).getBytes(UTF_8);
    String hidden = asked ? STREAM : STREAM.replace(USAGE, "");
    var cut = new Recorded();
    ResponseReader reader =
        ResponseReader.of(
            Exchange.of(
                request(asked ? ",\"stream_options\":{\"include_usage\":true}" : ""),
                Dialect.OpenAiChat,
                "1",
                CLOCK),
            cut);

    Chunks.feed(reader, stream, sizes, direct);
    reader.end();

    assertThat(cut.utf8()).isEqualTo(crlf ? hidden.replace("\n", "\r\n") : hidden);
    assertThat(cut.calls).containsExactly("firstContent", "completed");
    assertThat(reader.usage()).isEqualTo(new Usage(12, 8, 2, false));
  }

  private ResponseReader reader(String members) throws BadModelRequest {
    return ResponseReader.of(Exchange.of(request(members), Dialect.OpenAiChat, "1", CLOCK), sink);
  }

  private static ModelRequest request(String members) throws BadModelRequest {
    return ModelRequest.read(
        Dialect.OpenAiChat,
        ("{\"model\":\"llama\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
                + members
                + "}")
            .getBytes(UTF_8));
  }

  private static void feed(ResponseReader reader, String stream) {
    reader.feed(Unpooled.wrappedBuffer(stream.getBytes(UTF_8)));
    reader.end();
  }
}
