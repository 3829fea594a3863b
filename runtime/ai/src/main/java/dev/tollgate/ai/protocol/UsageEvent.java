package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;

/**
 * OpenAI's last event but one, which {@code stream_options.include_usage} asks for: it has a usage
 * and an empty list of choices.
 */
final class UsageEvent {

  private UsageEvent() {}

  static boolean is(JsonCursor cursor, SseData data) {
    cursor.reset(data.array(), data.from(), data.to());
    if (!cursor.enterObject()) {
      return false;
    }
    boolean noChoices = false;
    boolean usage = false;
    while (cursor.nextMember()) {
      JsonText key = cursor.key();
      if (key.is("choices")) {
        noChoices = cursor.enterArray() && !cursor.nextElement();
        if (!noChoices) {
          return false;
        }
      } else if (key.is("usage")) {
        usage = cursor.peek() == '{';
        cursor.skip();
      } else {
        cursor.skip();
      }
    }
    return noChoices && usage;
  }
}
