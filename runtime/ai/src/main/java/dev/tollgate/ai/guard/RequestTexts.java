package dev.tollgate.ai.guard;

import dev.tollgate.ai.protocol.ContentMembers;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.Set;

/**
 * Finds the texts that a caller puts before the model: the messages with their parts and the
 * results of tools, documents that are plain text, the system's instructions, a prompt or an input.
 * Images, other files, names and definitions of tools are none.
 */
final class RequestTexts {

  private static final int DEEPEST = 1000; // a body is held to its limits when it is read

  private static final Set<String> SPOKEN =
      Set.of(
          "messages",
          "system",
          "input",
          "prompt",
          "instructions",
          "suffix",
          "template",
          "prediction");

  /** Members of other kinds of content, beside those that have no text in any. */
  private static final Set<String> OTHER_CONTENT =
      Set.of("image_url", "images", "input_audio", "cache_control");

  /** What is told of each text. */
  interface Reader {
    /**
     * @return whether to go on
     */
    boolean text(JsonText text);

    /**
     * Arguments of a call of a tool, as JSON in a string; a text like others unless it is taken
     * otherwise.
     *
     * @return whether to go on
     */
    default boolean arguments(JsonText json) {
      return text(json);
    }

    /**
     * Arguments of a call of a tool, as a JSON object.
     *
     * @return whether that is all; otherwise its texts are told
     */
    default boolean arguments(byte[] body, int from, int to) {
      return false;
    }
  }

  private RequestTexts() {}

  /** Tells the texts of a body that has been read before. */
  static void read(Dialect dialect, byte[] body, Reader reader) {
    var cursor = new JsonCursor(DEEPEST);
    cursor.reset(body, 0, body.length);
    if (!cursor.enterObject()) {
      return;
    }
    while (cursor.nextMember()) {
      var name = cursor.key().decoded();
      // in a chat the prompt is the name of one
      boolean spoken = SPOKEN.contains(name) && !(name.equals("prompt") && dialect.chat());
      if (!spoken) {
        cursor.skip();
      } else if (!value(cursor, reader, false)) {
        return;
      }
    }
  }

  private static boolean arguments(JsonCursor cursor, Reader reader) {
    if (cursor.peek() == '"' && cursor.key().is("arguments")) {
      return reader.arguments(cursor.string());
    }
    if (cursor.peek() != '{') {
      return value(cursor, reader, false);
    }
    int from = cursor.at();
    cursor.skip();
    int to = cursor.at();
    if (reader.arguments(cursor.array(), from, to)) {
      return true;
    }
    cursor.seek(from);
    return value(cursor, reader, true);
  }

  /**
   * @param arguments whether it is what a tool is called with, whose names are the caller's own
   */
  private static boolean value(JsonCursor cursor, Reader reader, boolean arguments) {
    switch (cursor.peek()) {
      case '"' -> {
        return reader.text(cursor.string());
      }
      case '[' -> {
        cursor.enterArray();
        while (cursor.nextElement()) {
          if (!value(cursor, reader, arguments)) {
            return false;
          }
        }
      }
      case '{' -> {
        return arguments ? argument(cursor, reader) : object(cursor, reader);
      }
      default -> cursor.skip();
    }
    return true;
  }

  private static boolean argument(JsonCursor cursor, Reader reader) {
    cursor.enterObject();
    while (cursor.nextMember()) {
      if (!value(cursor, reader, true)) {
        return false;
      }
    }
    return true;
  }

  private static boolean object(JsonCursor cursor, Reader reader) {
    int data = -1;
    boolean plain = false;
    cursor.enterObject();
    while (cursor.nextMember()) {
      var name = cursor.key().decoded();
      if (ContentMembers.NO_TEXT.contains(name) || OTHER_CONTENT.contains(name)) {
        if (name.equals("data") && cursor.peek() == '"') {
          data = cursor.at();
        } else if (name.equals("type") && cursor.peek() == '"') {
          plain = cursor.string().is("text");
          continue;
        }
        cursor.skip();
      } else if (!(ContentMembers.ARGUMENTS.contains(name)
          ? arguments(cursor, reader)
          : value(cursor, reader, false))) {
        return false;
      }
    }
    if (!plain || data < 0) {
      return true;
    }
    // Anthropic's source of a document that is plain text
    int end = cursor.at();
    cursor.seek(data);
    boolean on = reader.text(cursor.string());
    cursor.seek(end);
    return on;
  }
}
