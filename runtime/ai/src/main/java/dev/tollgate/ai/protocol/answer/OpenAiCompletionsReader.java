package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;

/** OpenAI's completions: {@code text_completion} objects, streamed and whole alike. */
final class OpenAiCompletionsReader implements AnswerReader {

  private static final int ABSENT = -1;

  @Override
  public void read(JsonCursor event, Parts parts) {
    if (!event.enterObject()) {
      return;
    }
    int members = event.at();
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("choices")) {
        if (event.enterArray()) {
          while (event.nextElement()) {
            choice(event, parts);
          }
        }
      } else if (key.is("usage")) {
        OpenAiUsage.member(event, parts);
      } else if (key.is("error")) {
        AnswerReader.error(event, parts);
      } else if (key.is("object")) {
        AnswerReader.object(event, members, parts);
      } else {
        event.skip();
      }
    }
  }

  private static void choice(JsonCursor event, Parts parts) {
    if (!event.enterObject()) {
      return;
    }
    int index = 0;
    int text = ABSENT;
    int finish = ABSENT;
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("index")) {
        index = Math.max(0, event.index());
      } else if (key.is("text")) {
        text = event.at();
        event.skip();
      } else if (key.is("finish_reason") && !event.skipNull()) {
        finish = event.at();
        event.skip();
      } else if (!key.is("finish_reason")) {
        event.skip();
      }
    }
    int after = event.at();
    if (text != ABSENT) {
      event.seek(text);
      JsonText piece = event.string();
      if (!piece.isEmpty()) {
        parts.text(index, piece);
      }
    }
    if (finish != ABSENT) {
      event.seek(finish);
      JsonText reason = event.string();
      if (!reason.isEmpty()) { // some servers have an empty one until the end
        parts.finish(index, Finish.of(reason), null);
      }
    }
    event.seek(after);
  }
}
