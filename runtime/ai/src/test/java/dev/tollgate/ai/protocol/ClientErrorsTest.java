package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.protocol.ClientErrors.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientErrorsTest {

  @Test
  void openAisErrorTellsAFinalQuotaFromAPassingLimit() {
    assertThat(body(Dialect.OpenAiChat, Kind.QuotaExhausted))
        .isEqualTo(
            "{\"error\":{\"message\":\"No \\\"more\\\".\",\"type\":\"insufficient_quota\","
                + "\"param\":null,\"code\":\"insufficient_quota\"}}");
    assertThat(body(Dialect.OpenAiChat, Kind.RateLimited))
        .isEqualTo(
            "{\"error\":{\"message\":\"No \\\"more\\\".\",\"type\":\"rate_limit_error\","
                + "\"param\":null,\"code\":\"rate_limit_exceeded\"}}");
  }

  @Test
  void anthropicsErrorIsAnObjectOfTypeError() {
    assertThat(body(Dialect.AnthropicMessages, Kind.Overloaded))
        .isEqualTo(
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                + "\"message\":\"No \\\"more\\\".\"}}");
  }

  @Test
  void ollamasErrorIsASentence() {
    assertThat(body(Dialect.OllamaChat, Kind.Internal))
        .isEqualTo("{\"error\":\"No \\\"more\\\".\"}");
  }

  @Test
  void aRefusedRequestNamesItsMember() {
    assertThat(
            new String(
                ClientErrors.body(Dialect.OpenAiChat, new BadModelRequest("No.", "a.b")), UTF_8))
        .contains("\"type\":\"invalid_request_error\"", "\"param\":\"a.b\"");
    assertThat(
            new String(
                ClientErrors.body(Dialect.OllamaChat, new BadModelRequest("No.", "a.b")), UTF_8))
        .isEqualTo("{\"error\":\"a.b: No.\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "OpenAiChat, 'data: {\"error\":{', '}}\n\n'",
    "OpenAiResponses, 'event: error\ndata: {\"type\":\"error\",\"code\":\"timeout\"', ',\"sequence_number\":7}\n\n'",
    "AnthropicMessages, 'event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\"',"
        + " '}}\n\n'",
    "OllamaChat, '{\"error\":\"Late.\"', '}\n'",
  })
  void aStreamEndsWithAnErrorOfItsProtocol(Dialect dialect, String start, String end) {
    String event = new String(ClientErrors.event(dialect, Kind.Timeout, "Late.", 7), UTF_8);

    assertThat(event).startsWith(start).endsWith(end);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"error\":{\"message\":\"a\",\"type\":\"overloaded_error\"}} | a | Overloaded",
        "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"b\"}} | b |"
            + " Overloaded",
        "{\"error\":\"model 'x' not found\"} | model 'x' not found | BackendFailed",
        "{\"object\":\"error\",\"message\":\"c\",\"code\":400} | c | BackendFailed",
        "{\"error\":{\"message\":\"d\",\"type\":\"invalid_request_error\"}} | d | InvalidRequest",
        "{\"detail\":[{\"loc\":[\"body\",\"messages\",0,\"role\"],\"msg\":\"Field required\"},"
            + "{\"msg\":\"e\"}]} | messages.0.role: Field required; e | BackendFailed",
        "{\"detail\":\"f\"} | f | BackendFailed",
        "{\"object\":\"error\",\"message\":\"g\",\"type\":\"BadRequestError\"} | g | InvalidRequest",
        "[{\"error\":{\"code\":400,\"message\":\"h\"}}] | h | BackendFailed",
        "<html> | The backend's error is not JSON. | BackendFailed",
        "{} | The backend gave no message. | BackendFailed",
      })
  void aBackendsErrorIsReadInAnyProtocol(String body, String message, Kind kind) {
    UpstreamError error = UpstreamError.read(body.getBytes(UTF_8));

    assertThat(error.message()).isEqualTo(message);
    assertThat(ClientErrors.kindOf(error)).isEqualTo(kind);
  }

  @Test
  void codeAndMemberOfABackendsErrorAreRead() {
    UpstreamError error =
        UpstreamError.read(
            "{\"error\":{\"message\":\"a\",\"code\":\"context_length_exceeded\",\"param\":\"messages\"}}"
                .getBytes(UTF_8));

    assertThat(error.code()).isEqualTo("context_length_exceeded");
    assertThat(error.param()).isEqualTo("messages");
    var body =
        ClientErrors.body(Dialect.OpenAiChat, Kind.InvalidRequest, "a", "messages", error.code());
    assertThat(new String(body, UTF_8))
        .contains("\"param\":\"messages\",\"code\":\"context_length_exceeded\"");
  }

  @ParameterizedTest
  @CsvSource({
    "invalid_request_error, Your credit balance is too low to access the API., , true",
    "insufficient_quota, You exceeded your current quota., insufficient_quota, true",
    "invalid_request_error, Billing hard limit reached, billing_hard_limit_reached, true",
    "invalid_request_error, too long, context_length_exceeded, false",
    "rate_limit_error, slow down, rate_limit_exceeded, false",
  })
  void whatIsOwedToTheProviderIsTold(
      String type, String message, @Nullable String code, boolean account) {
    assertThat(new UpstreamError(type, message, code).ofAccount()).isEqualTo(account);
  }

  private static String body(Dialect dialect, Kind kind) {
    return new String(ClientErrors.body(dialect, kind, "No \"more\".", null), UTF_8);
  }
}
