package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.Set;

/**
 * OpenAI's responses, for answers that are passed on to clients of the same dialect: it tells how
 * much was said, the usage and the end. The items of the answer are not told one by one, because no
 * other dialect is written from them.
 */
final class OpenAiResponsesReader implements AnswerReader {

  private static final int ABSENT = -1;

  private static final Set<String> TOOLS_DELTAS =
      Set.of(
          "response.custom_tool_call_input.delta",
          "response.mcp_call_arguments.delta",
          "response.code_interpreter_call_code.delta");

  @Override
  public void read(JsonCursor event, Parts parts) {
    if (!event.enterObject()) {
      return;
    }
    int type = ABSENT;
    int delta = ABSENT;
    int response = ABSENT;
    int message = ABSENT;
    int code = ABSENT;
    int start = event.at();
    boolean whole = false;
    while (event.nextMember()) {
      JsonText key = event.key();
      event.peek();
      int at = event.at();
      if (key.is("type")) {
        type = at;
      } else if (key.is("delta")) {
        delta = at;
      } else if (key.is("response")) {
        response = at;
      } else if (key.is("message")) {
        message = at;
      } else if (key.is("code")) {
        code = at;
      } else if (key.is("output")) {
        whole = true;
      }
      event.skip();
    }
    int after = event.at();
    if (type == ABSENT) {
      event.seek(start);
      response(event, parts, whole);
    } else {
      event.seek(type);
      event(event, parts, event.string(), delta, response, message, code);
    }
    event.seek(after);
  }

  private static void event(
      JsonCursor event,
      Parts parts,
      JsonText type,
      int delta,
      int response,
      int message,
      int code) {
    boolean text = type.is("response.output_text.delta") || type.is("response.refusal.delta");
    boolean thinking =
        type.is("response.reasoning_text.delta")
            || type.is("response.reasoning_summary_text.delta");
    boolean arguments = type.is("response.function_call_arguments.delta");
    boolean ended =
        type.is("response.completed")
            || type.is("response.incomplete")
            || type.is("response.failed");
    if (delta != ABSENT && (text || thinking || arguments)) {
      event.seek(delta);
      JsonText piece = event.string();
      if (piece.isEmpty()) {
        return;
      }
      if (text) {
        parts.text(0, piece);
      } else if (thinking) {
        parts.thinking(0, piece);
      } else {
        parts.toolArguments(0, 0, piece);
      }
    } else if (response != ABSENT && ended) {
      event.seek(response);
      if (event.enterObject()) {
        response(event, parts, true);
      }
    } else if (type.is("error")) {
      parts.error(
          new UpstreamError(
              "error",
              message == ABSENT ? "The backend gave no message." : text(event, message),
              code == ABSENT ? null : text(event, code)));
    } else {
      other(event, parts, type.decoded(), delta);
    }
  }

  /** What tools do: those of the caller that take text, and the provider's own. */
  private static void other(JsonCursor event, Parts parts, String type, int delta) {
    if (delta != ABSENT && TOOLS_DELTAS.contains(type)) {
      event.seek(delta);
      JsonText piece = event.string();
      if (!piece.isEmpty()) {
        parts.toolArguments(0, 0, piece);
      }
    } else if (delta != ABSENT || type.contains("_call.")) {
      parts.other(0);
    }
  }

  private static String text(JsonCursor event, int at) {
    event.seek(at);
    return event.string().decoded();
  }

  /** The members of a response, whose brace has been read. */
  private static void response(JsonCursor event, Parts parts, boolean complete) {
    Finish finish = Finish.Stop;
    boolean failed = false;
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("usage")) {
        OpenAiUsage.read(event, parts);
      } else if (key.is("error")) {
        event.peek();
        failed = event.peek() != 'n';
        AnswerReader.error(event, parts);
      } else if (key.is("status")) {
        finish = event.string().is("incomplete") ? Finish.Length : finish;
      } else {
        event.skip();
      }
    }
    if (complete && !failed) {
      parts.finish(0, finish, null);
      parts.end();
    }
  }
}
