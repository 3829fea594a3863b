package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's chat completions: {@code chat.completion.chunk} with a {@code delta}, and {@code
 * chat.completion} with a {@code message}, which differ in little else. The reasoning of a model is
 * read from {@code reasoning_content} and {@code reasoning}, which are not OpenAI's but what
 * servers that are compatible with it send.
 */
final class OpenAiChatReader implements AnswerReader {

  private static final int ABSENT = -1;

  private final CallNumbers numbers = new CallNumbers();

  @Override
  public void read(JsonCursor event, Parts parts) {
    if (!event.enterObject()) {
      return;
    }
    int members = event.at();
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("choices")) {
        choices(event, parts);
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

  private void choices(JsonCursor event, Parts parts) {
    if (!event.enterArray()) {
      return;
    }
    while (event.nextElement()) {
      choice(event, parts);
    }
  }

  /** The members come in any order, and the index is needed first: they are noted, then read. */
  private void choice(JsonCursor event, Parts parts) {
    if (!event.enterObject()) {
      return;
    }
    int index = 0;
    int message = ABSENT;
    int finish = ABSENT;
    int logprobs = ABSENT;
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("index")) {
        index = Math.max(0, event.index());
      } else if (key.is("delta") || key.is("message")) {
        message = skipped(event);
      } else if (key.is("finish_reason")) {
        finish = event.skipNull() ? ABSENT : skipped(event);
      } else if (key.is("error")) {
        AnswerReader.error(event, parts);
      } else if (key.is("logprobs")) {
        logprobs = event.skipNull() ? ABSENT : skipped(event);
      } else {
        event.skip();
      }
    }
    int after = event.at();
    if (logprobs != ABSENT) {
      event.seek(logprobs);
      logprobs(event, parts, index);
    }
    if (message != ABSENT) {
      event.seek(message);
      message(event, parts, index);
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

  private static int skipped(JsonCursor event) {
    int at = event.at();
    event.skip();
    return at;
  }

  private static void logprobs(JsonCursor event, Parts parts, int choice) {
    if (!event.enterObject()) {
      return;
    }
    while (event.nextMember()) {
      boolean content = event.key().is("content");
      boolean array = event.peek() == '[';
      int from = event.at();
      event.skip();
      if (content && array) {
        parts.logprobs(choice, event.array(), from, event.at());
      }
    }
  }

  private void message(JsonCursor event, Parts parts, int choice) {
    if (!event.enterObject()) {
      return;
    }
    boolean thought = false;
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("content")) {
        content(event, parts, choice);
      } else if (key.is("refusal")) {
        JsonText text = event.string();
        if (!text.isEmpty()) {
          parts.refusal(choice, text);
        }
      } else if (key.is("reasoning_content") || key.is("reasoning")) {
        // some servers send both with the same text
        JsonText text = event.string();
        if (!thought && !text.isEmpty()) {
          thought = true;
          parts.thinking(choice, text);
        }
      } else if (key.is("tool_calls")) {
        toolCalls(event, parts, choice);
      } else if (key.is("function_call")) {
        function(event, parts, choice, CallNumbers.FUNCTION, null);
      } else if (key.is("audio")) {
        if (!event.skipNull()) {
          event.skip();
          parts.other(choice);
        }
      } else {
        event.skip();
      }
    }
  }

  /** A text; Mistral's models that reason have a list of parts in its place. */
  private static void content(JsonCursor event, Parts parts, int choice) {
    if (event.peek() == '[') {
      texts(event, text -> parts.text(choice, text), text -> parts.thinking(choice, text));
      return;
    }
    JsonText text = event.string();
    if (!text.isEmpty()) {
      parts.text(choice, text);
    }
  }

  /** Parts of a content: those of type thinking have such a list themselves. */
  private static void texts(JsonCursor event, Consumer<JsonText> said, Consumer<JsonText> thought) {
    if (!event.enterArray()) {
      return;
    }
    while (event.nextElement()) {
      if (!event.enterObject()) {
        continue;
      }
      while (event.nextMember()) {
        if (event.key().is("text")) {
          JsonText text = event.string();
          if (!text.isEmpty()) {
            said.accept(text);
          }
        } else if (event.key().is("thinking")) {
          texts(event, thought, thought);
        } else {
          event.skip();
        }
      }
    }
  }

  private void toolCalls(JsonCursor event, Parts parts, int choice) {
    if (!event.enterArray()) {
      return;
    }
    int position = 0;
    while (event.nextElement()) {
      toolCall(event, parts, choice, position++);
    }
  }

  private void toolCall(JsonCursor event, Parts parts, int choice, int position) {
    if (!event.enterObject()) {
      return;
    }
    int index = ABSENT;
    String id = null;
    int function = ABSENT;
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("index")) {
        index = event.index();
      } else if (key.is("id")) {
        JsonText text = event.string();
        id = text.isEmpty() ? null : text.decoded();
      } else if (key.is("function")) {
        function = skipped(event);
      } else {
        event.skip();
      }
    }
    if (function == ABSENT) {
      return;
    }
    int after = event.at();
    event.seek(function);
    function(event, parts, choice, index < 0 ? position : index, id);
    event.seek(after);
  }

  private void function(JsonCursor event, Parts parts, int choice, int index, @Nullable String id) {
    if (!event.enterObject()) {
      return;
    }
    String name = null;
    int arguments = ABSENT;
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("name")) {
        JsonText text = event.string();
        name = text.isEmpty() ? null : text.decoded();
      } else if (key.is("arguments")) {
        arguments = skipped(event);
      } else {
        event.skip();
      }
    }
    int after = event.at();
    int call = numbers.of(choice, index, id, name);
    if (name != null && numbers.begun()) {
      if (index == CallNumbers.FUNCTION) {
        parts.functionCall(choice, call, name);
      } else {
        parts.toolCall(choice, call, id, name);
      }
    }
    if (arguments != ABSENT && call != CallNumbers.NONE) {
      event.seek(arguments);
      arguments(event, parts, choice, call);
    }
    event.seek(after);
  }

  /** A string of JSON; some servers have the object itself. */
  static void arguments(JsonCursor event, Parts parts, int choice, int call) {
    if (event.peek() == '{') {
      int from = event.at();
      event.skip();
      parts.toolInput(choice, call, event.array(), from, event.at());
      return;
    }
    JsonText piece = event.string();
    if (!piece.isEmpty()) {
      parts.toolArguments(choice, call, piece);
    }
  }
}
