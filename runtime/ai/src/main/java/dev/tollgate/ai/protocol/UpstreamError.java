package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An error that a backend tells of in the body of its answer.
 *
 * @param type the provider's own word for the kind, such as {@code overloaded_error}
 * @param message its sentence for people
 * @param code its code, such as {@code rate_limit_exceeded}
 * @param param the member of the request that it means
 */
public record UpstreamError(
    @Nullable String type, String message, @Nullable String code, @Nullable String param) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** One that names no member of the request. */
  public UpstreamError(@Nullable String type, String message, @Nullable String code) {
    this(type, message, code, null);
  }

  /**
   * Reads the body of an answer whose status is an error, in any of the protocols.
   *
   * @return an error without a type and code when the body says nothing that is known
   */
  public static UpstreamError read(byte[] body) {
    JsonNode said;
    try {
      said = JSON.readTree(body);
    } catch (IOException e) {
      // a page of a proxy in between, which is of no use to the client
      return new UpstreamError(null, "The backend's error is not JSON.", null);
    }
    var root = said.isArray() ? said.path(0) : said; // Gemini puts it into an array
    var error = root.path("error");
    return error.isObject() ? of(error, text(error.path("message"))) : of(root, sentence(root));
  }

  /** Whether it is about what the gateway's owner owes the provider: nothing for the client. */
  public boolean ofAccount() {
    var word = type + " " + code;
    return word.contains("insufficient_quota")
        || word.contains("billing")
        || message.contains("credit balance is too low");
  }

  /**
   * Whether the model cannot do what is asked of it, which Ollama says with a status of its own
   * failure.
   */
  public boolean ofModel() {
    return message.contains("this model does not support");
  }

  private static UpstreamError of(JsonNode error, @Nullable String message) {
    return new UpstreamError(
        text(error.path("type")),
        message == null ? "The backend gave no message." : message,
        text(error.path("code")),
        text(error.path("param")));
  }

  /** Ollama's, that of a plain object, or FastAPI's. */
  private static @Nullable String sentence(JsonNode root) {
    var said = text(root.path("error"));
    said = said == null ? text(root.path("message")) : said;
    said = said == null ? text(root.path("detail")) : said;
    return said == null ? details(root.path("detail")) : said;
  }

  /** FastAPI's list of what is wrong with a body: {@code messages.0.role: Field required; …}. */
  private static @Nullable String details(JsonNode list) {
    var all = new StringBuilder();
    for (var wrong : list) {
      var message = text(wrong.path("msg"));
      if (message != null) {
        var place = new StringBuilder();
        for (var part : wrong.path("loc")) {
          place.append(part.asText().equals("body") ? "" : part.asText() + ".");
        }
        all.append(all.isEmpty() ? "" : "; ");
        if (!place.isEmpty()) {
          all.append(place, 0, place.length() - 1).append(": ");
        }
        all.append(message);
      }
    }
    return all.isEmpty() ? null : all.toString();
  }

  private static @Nullable String text(JsonNode value) {
    return value.isTextual() && !value.textValue().isEmpty() ? value.textValue() : null;
  }
}
