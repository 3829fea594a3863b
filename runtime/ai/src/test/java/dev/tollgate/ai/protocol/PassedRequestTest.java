package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
  void theNewerNameOfTheMostTokensIsReplacedForWhoKnowsTheOlderAlone() throws BadModelRequest {
    String body = "{\"model\":\"m\",\"x\":\"é\",\"max_completion_tokens\" : 6,\"messages\":[]}";
    String both = "{\"model\":\"m\",\"max_completion_tokens\":6,\"max_tokens\":7}";

    assertThat(forOlder(body)).isEqualTo(body.replace("max_completion_tokens", "max_tokens"));
    assertThat(forOlder(both)).isEqualTo(both);
    assertThat(rewritten(Dialect.OpenAiChat, body, "m")).isEqualTo(body);
  }

  private static String forOlder(String body) throws BadModelRequest {
    ModelRequest request = ModelRequest.read(Dialect.OpenAiChat, body.getBytes(UTF_8));
    return new String(RequestRewrite.toBackend(request, Dialect.OpenAiChat, "m", true), UTF_8);
  }

  private static String rewritten(Dialect dialect, String body, String model)
      throws BadModelRequest {
    ModelRequest request = ModelRequest.read(dialect, body.getBytes(UTF_8));
    return new String(RequestRewrite.toBackend(request, dialect, model), UTF_8);
  }
}
