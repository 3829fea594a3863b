package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tokens of answers whose provider does not say them. */
class EstimatedUsageTest {

  private static final TokenEstimator VOCABULARY = TokenEstimator.byVocabulary();

  @BeforeAll
  static void readVocabulary() {
    VOCABULARY.ready().join();
  }

  @Test
  void aTextIsCountedWithTheVocabulary() {
    assertThat(VOCABULARY.count("The quick brown fox jumps over the lazy dog.")).isEqualTo(10);
    assertThat(VOCABULARY.count("<|endoftext|>")).isGreaterThan(1);
  }

  @Test
  void withoutAVocabularyFourBytesAreATokenAndAPartIsAWhole() {
    assertThat(TokenEstimator.byBytes().count("12345")).isEqualTo(2);
    assertThat(TokenEstimator.byBytes().count("äöü")).isEqualTo(2);
    assertThat(TokenEstimator.byBytes().count("")).isZero();
  }

  @Test
  void reasoningThatAServerCountsApartIsBilledWithTheAnswer() throws BadModelRequest {
    String usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,"
            + "\"total_tokens\":%s}}\n\ndata: [DONE]\n\n";
    String apart = "215,\"completion_tokens_details\":{\"reasoning_tokens\":200}";
    String within = "15,\"completion_tokens_details\":{\"reasoning_tokens\":4}";
    String other = "30,\"prompt_tokens_details\":{\"cached_tokens\":15}";

    assertThat(usage(chunk("Hi") + usage.formatted(apart))).isEqualTo(new Usage(10, 0, 205, false));
    assertThat(usage(chunk("Hi") + usage.formatted("215"))).isEqualTo(new Usage(10, 0, 205, false));
    assertThat(usage(chunk("Hi") + usage.formatted(within))).isEqualTo(new Usage(10, 0, 5, false));
    assertThat(usage(chunk("Hi") + usage.formatted("null"))).isEqualTo(new Usage(10, 0, 5, false));
    assertThat(usage(chunk("Hi") + usage.formatted(other)).output()).isEqualTo(5);
  }

  @Test
  void aStreamWithoutUsageIsCounted() throws BadModelRequest {
    Usage usage =
        usage(
            chunk("The quick brown fox ") + chunk("jumps over the lazy dog.") + "data: [DONE]\n\n");

    assertThat(usage).isEqualTo(new Usage(2, 0, 10, true));
  }

  @Test
  void aClientOfAnotherDialectSeesTheEstimate() throws Exception {
    String stream = Told.chunk("\"content\":\"The quick brown fox\"") + "data: [DONE]\n\n";
    String whole =
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"The quick brown fox\"},"
            + "\"finish_reason\":\"stop\"}]}";

    Told told = Told.stream(Dialect.AnthropicMessages, Dialect.OpenAiChat, stream);

    assertThat(told.of("message_delta").getFirst().at("/usage/output_tokens").asLong())
        .isEqualTo(told.usage.output())
        .isEqualTo(4);
    assertThat(told.usage.estimated()).isTrue();
    assertThat(
            Told.whole(Dialect.OllamaChat, Dialect.OpenAiChat, whole).path("eval_count").asLong())
        .isEqualTo(4);
    assertThat(
            Told.masked(Dialect.OpenAiChat, Told.UNCHANGED, stream)
                .events
                .getLast()
                .at("/usage/completion_tokens")
                .asLong())
        .isEqualTo(4);
  }

  @Test
  void theRestOfALongAnswerIsTakenToBeLikeItsBeginning() throws BadModelRequest {
    Usage usage = usage(chunk(" word".repeat(1000)).repeat(20) + "data: [DONE]\n\n");

    assertThat(usage.output()).isBetween(19_900L, 20_100L);
    assertThat(usage.estimated()).isTrue();
  }

  @Test
  void aProviderThatSaysNoTokensHasNotCounted() throws Exception {
    String stream =
        Told.chunk("\"content\":\"Some words\"")
            + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}}\n\n"
            + "data: [DONE]\n\n";

    for (var client : List.of(Dialect.OpenAiChat, Dialect.AnthropicMessages)) {
      var usage = Told.stream(client, Dialect.OpenAiChat, stream).usage;
      assertThat(usage.output()).isEqualTo(2);
      assertThat(usage.estimated()).isTrue();
    }
  }

  @Test
  void whatALaterUsageLeavesOutIsAsBefore() throws Exception {
    String openAi =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\n"
            + Told.chunk("\"content\":\"Some words\"")
            + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
            + "\"usage\":{\"completion_tokens\":3}}\n\n";
    String anthropic =
        "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,"
            + "\"cache_read_input_tokens\":4,\"output_tokens\":1}}}\n\n"
            + "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
            + "\"usage\":{\"input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":3}}\n\n"
            + "data: {\"type\":\"message_stop\"}\n\n";

    assertThat(Told.stream(Dialect.OpenAiChat, Dialect.OpenAiChat, openAi).usage)
        .isEqualTo(new Usage(9, 4, 3, false));
    assertThat(Told.stream(Dialect.OpenAiChat, Dialect.AnthropicMessages, anthropic).usage)
        .isEqualTo(new Usage(9, 4, 3, false));
  }

  @Test
  void whatAProviderSaysBeforeItsEndIsNotTheWhole() throws BadModelRequest {
    String start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":"
            + "{\"input_tokens\":11,\"output_tokens\":1}}}\n\n";
    String text =
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
            + "\"delta\":{\"type\":\"text_delta\",\"text\":\"The quick brown fox\"}}\n\n";
    var reader = reader(Dialect.AnthropicMessages);

    reader.feed(Unpooled.wrappedBuffer((start + text).getBytes(UTF_8)));

    assertThat(reader.usage()).isEqualTo(new Usage(11, 0, 4, true));
  }

  @Test
  void thePromptIsThereForATokenizer() throws BadModelRequest {
    ModelRequest request =
        ModelRequest.read(
            Dialect.OpenAiChat,
            """
            {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a\\nb"},
             {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],
             "tools":[{"type":"function"}]}
            """
                .getBytes(UTF_8));

    assertThat(request.promptText()).isEqualTo("a\nb\n{\"type\":\"function\"}\n");
  }

  @Test
  void aRequestToCountNeedsNoLimit() throws BadModelRequest {
    String body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    ModelRequest request =
        ModelRequest.readToCount(body.getBytes(UTF_8), ProtocolLimits.defaults());

    assertThat(VOCABULARY.count(request.promptText().strip())).isEqualTo(1);
  }

  private static Usage usage(String stream) throws BadModelRequest {
    var reader = reader(Dialect.OpenAiChat);
    reader.feed(Unpooled.wrappedBuffer(stream.getBytes(UTF_8)));
    reader.end();
    return reader.usage();
  }

  private static ResponseReader reader(Dialect dialect) throws BadModelRequest {
    String body =
        "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"Nine bytes\"}]}";
    ModelRequest request = ModelRequest.read(dialect, body.getBytes(UTF_8));
    return ResponseReader.of(
        Exchange.of(request, dialect, "1", InstantSource.system()), new Recorded());
  }

  private static String chunk(String text) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}\n\n";
  }
}
