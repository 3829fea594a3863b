package dev.tollgate.ai.route;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/** What a backend says of a request that it refuses. */
final class UpstreamMessage {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_CHARS = 1000;

  private UpstreamMessage() {}

  /** Its sentence, in whichever protocol; a sentence of our own when there is none. */
  static String of(byte[] body) {
    try {
      var error = JSON.readTree(body).path("error");
      var text = error.isTextual() ? error.asText() : error.path("message").asText();
      if (!text.isBlank()) {
        return text.length() > MOST_CHARS ? text.substring(0, MOST_CHARS) + "…" : text;
      }
    } catch (IOException notJson) {
      // told below
    }
    return "The model's backend refused the request and did not say why.";
  }
}
