package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;

/**
 * Ollama's chat and generate: a line of the stream and a whole answer have the same members. Calls
 * of tools come complete, with their arguments as an object; a {@code done_reason} of {@code stop}
 * after such a call means that the model waits for the results.
 */
final class OllamaReader implements AnswerReader {

  private static final int ABSENT = -1;

  private int calls;
  private boolean done;
  private Finish reason = Finish.Stop;
  private long input;
  private long output;
  private int message;
  private int response;
  private int thinking;
  private int logprobs;

  @Override
  public void read(JsonCursor line, Parts parts) {
    if (!line.enterObject()) {
      return;
    }
    input = -1;
    output = -1;
    message = ABSENT;
    response = ABSENT;
    thinking = ABSENT;
    logprobs = ABSENT;
    while (line.nextMember()) {
      member(line, parts);
    }
    int after = line.at();
    said(line, parts);
    line.seek(after);
    if (done) {
      parts.finish(0, reason == Finish.Stop && calls > 0 ? Finish.Tools : reason, null);
      if (input >= 0 || output >= 0) {
        parts.usage(Tokens.of(input, 0, output));
      }
      parts.end();
    }
  }

  private void member(JsonCursor line, Parts parts) {
    JsonText key = line.key();
    if (key.is("message")) {
      message = skipped(line);
    } else if (key.is("response")) {
      response = skipped(line);
    } else if (key.is("thinking")) {
      thinking = skipped(line);
    } else if (key.is("logprobs")) {
      logprobs = line.peek() == '[' ? line.at() : ABSENT;
      line.skip();
    } else if (key.is("done")) {
      done = line.flag();
    } else if (key.is("done_reason")) {
      reason = Finish.of(line.string());
    } else if (key.is("prompt_eval_count")) {
      input = line.count();
    } else if (key.is("eval_count")) {
      output = line.count();
    } else if (key.is("error")) {
      AnswerReader.error(line, parts);
    } else {
      line.skip();
    }
  }

  /** Ollama writes the probabilities after the text that they belong to; they are told before. */
  private void said(JsonCursor line, Parts parts) {
    if (logprobs != ABSENT) {
      line.seek(logprobs);
      line.skip();
      parts.logprobs(0, line.array(), logprobs, line.at());
    }
    if (thinking != ABSENT) {
      line.seek(thinking);
      thinking(line, parts);
    }
    if (response != ABSENT) {
      line.seek(response);
      text(line, parts);
    }
    if (message != ABSENT) {
      line.seek(message);
      message(line, parts);
    }
  }

  private static int skipped(JsonCursor line) {
    line.peek();
    int at = line.at();
    line.skip();
    return at;
  }

  private void message(JsonCursor line, Parts parts) {
    if (!line.enterObject()) {
      return;
    }
    while (line.nextMember()) {
      JsonText key = line.key();
      if (key.is("content")) {
        text(line, parts);
      } else if (key.is("thinking")) {
        thinking(line, parts);
      } else if (key.is("tool_calls")) {
        if (line.enterArray()) {
          while (line.nextElement()) {
            toolCall(line, parts);
          }
        }
      } else {
        line.skip();
      }
    }
  }

  private static void text(JsonCursor line, Parts parts) {
    JsonText text = line.string();
    if (!text.isEmpty()) {
      parts.text(0, text);
    }
  }

  private static void thinking(JsonCursor line, Parts parts) {
    JsonText text = line.string();
    if (!text.isEmpty()) {
      parts.thinking(0, text);
    }
  }

  private void toolCall(JsonCursor line, Parts parts) {
    if (!line.enterObject()) {
      return;
    }
    String id = null;
    int function = -1;
    while (line.nextMember()) {
      JsonText key = line.key();
      if (key.is("id")) {
        JsonText text = line.string();
        id = text.isEmpty() ? null : text.decoded();
      } else {
        function = key.is("function") ? line.at() : function;
        line.skip();
      }
    }
    if (function < 0) {
      return;
    }
    int after = line.at();
    line.seek(function);
    String name = null;
    int arguments = -1;
    if (line.enterObject()) {
      while (line.nextMember()) {
        JsonText key = line.key();
        if (key.is("name")) {
          name = line.string().decoded();
        } else {
          arguments = key.is("arguments") ? line.at() : arguments;
          line.skip();
        }
      }
    }
    if (name != null) {
      int call = calls++;
      parts.toolCall(0, call, id, name);
      if (arguments >= 0) {
        line.seek(arguments);
        OpenAiChatReader.arguments(line, parts, 0, call);
      }
    }
    line.seek(after);
  }
}
