package dev.tollgate.ai.protocol.answer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tollgate.ai.protocol.json.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The arguments of one call of a tool, put together from the pieces of a stream. */
final class ToolArguments {

  private static final JsonFactory JSON = new JsonFactory();
  private static final byte[] NONE = {'{', '}'};

  private final int most;
  private final StringBuilder text = new StringBuilder();

  /**
   * @param most characters at most
   */
  ToolArguments(int most) {
    this.most = most;
  }

  void add(JsonText piece) {
    add(piece.decoded());
  }

  void set(byte[] json, int from, int to) {
    add(new String(json, from, to - from, StandardCharsets.UTF_8));
  }

  private void add(String piece) {
    if (text.length() + piece.length() > most) {
      throw Untranslatable.tooLarge(
          "the arguments of a tool's call have more than " + most + " characters");
    }
    text.append(piece);
  }

  /** As they came; the empty object when nothing came. */
  String text() {
    return nothing() ? "{}" : text.toString();
  }

  private boolean nothing() {
    return text.chars().allMatch(c -> c <= ' ');
  }

  /**
   * As a JSON object.
   *
   * @param reason why the model stopped
   * @param last whether no other call came after this one
   * @return null when the model was cut off before it had written all of it
   * @throws Untranslatable when the model has written something else
   */
  byte @Nullable [] object(Finish reason, boolean last) {
    boolean cutOff = reason == Finish.Length;
    if (nothing()) {
      return cutOff && last ? null : NONE;
    }
    byte[] json = object(text.toString());
    if (json == null && !cutOff) {
      throw Untranslatable.because(
          "the model's arguments for a tool are not a JSON object, as the client's dialect needs");
    }
    return json;
  }

  private static byte @Nullable [] object(String json) {
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      parser.skipChildren();
      return parser.nextToken() == null ? json.getBytes(StandardCharsets.UTF_8) : null;
    } catch (IOException e) {
      // what the model wrote is not JSON: the caller says so, without the text
      return null;
    }
  }
}
