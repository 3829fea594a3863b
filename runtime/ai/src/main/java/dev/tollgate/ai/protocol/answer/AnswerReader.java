package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.UpstreamError;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of one answer in one dialect; it may remember what it has seen. A whole answer
 * that was not streamed is read as if it were one event.
 */
public interface AnswerReader {

  /**
   * Walks over one event's JSON and tells its parts.
   *
   * @throws dev.tollgate.ai.protocol.json.MalformedJson when it is not JSON
   */
  void read(JsonCursor event, Parts parts);

  /** A reader for a new answer. */
  static AnswerReader of(Dialect dialect) {
    return switch (dialect) {
      case OpenAiChat -> new OpenAiChatReader();
      case OpenAiCompletions -> new OpenAiCompletionsReader();
      case OpenAiResponses -> new OpenAiResponsesReader();
      case AnthropicMessages -> new AnthropicReader();
      case OllamaChat, OllamaGenerate -> new OllamaReader();
      case OpenAiEmbeddings, OllamaEmbed, OllamaEmbeddings -> new EmbeddingsReader();
    };
  }

  /**
   * Reads the value of a member {@code error}, which is a sentence in Ollama's protocol and an
   * object in the others, and null when all is well.
   */
  static void error(JsonCursor value, Parts parts) {
    if (value.skipNull()) {
      return;
    }
    if (value.peek() == '"') {
      parts.error(new UpstreamError(null, value.string().decoded(), null));
      return;
    }
    if (value.enterObject()) {
      errorMembers(value, parts);
    } else {
      parts.error(new UpstreamError(null, "The backend gave no message.", null));
    }
  }

  private static void errorMembers(JsonCursor value, Parts parts) {
    String type = null;
    String message = null;
    String code = null;
    while (value.nextMember()) {
      JsonText key = value.key();
      if (key.is("type")) {
        type = word(value);
      } else if (key.is("message")) {
        message = word(value);
      } else if (key.is("code")) {
        code = word(value);
      } else {
        value.skip();
      }
    }
    parts.error(
        new UpstreamError(type, message == null ? "The backend gave no message." : message, code));
  }

  /**
   * Reads the value of a member {@code object}; some servers of OpenAI's protocols say by it that
   * the event is itself an error.
   *
   * @param members where the members of the event begin
   */
  static void object(JsonCursor value, int members, Parts parts) {
    if (!value.string().is("error")) {
      return;
    }
    int after = value.at();
    value.seek(members);
    errorMembers(value, parts);
    value.seek(after);
  }

  private static @Nullable String word(JsonCursor value) {
    if (value.peek() == '"') {
      return value.string().decoded();
    }
    long number = value.count();
    return number < 0 ? null : Long.toString(number);
  }
}
