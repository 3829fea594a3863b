package dev.tollgate.ai.guard;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.json.JsonCursor;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the tokens of an answer in the request for it: a greater number becomes the bound, and
 * where there is none the bound is added. Anthropic's budget for thinking is lowered with it. Every
 * other byte stays as it is.
 */
public final class OutputBound {

  private static final int DEEPEST = 1000; // a body is held to its limits when it is read

  /** A piece of the body that is replaced. */
  record Edit(int from, int to, String text) {}

  private final Dialect dialect;
  private final byte[] body;
  private final long most;
  private final List<Edit> edits = new ArrayList<>(2);
  private boolean said;
  private boolean lowered;
  private @Nullable ThinkingBound thinking;

  private OutputBound(Dialect dialect, byte[] body, long most) {
    this.dialect = dialect;
    this.body = body;
    this.most = most;
  }

  /**
   * @param body of a request that has been read before
   * @return null when nothing needs to be bounded
   */
  public static byte @Nullable [] apply(Dialect dialect, byte[] body, long most) {
    return dialect.embedding() || most == Long.MAX_VALUE
        ? null
        : new OutputBound(dialect, body, most).bounded();
  }

  private byte @Nullable [] bounded() {
    var cursor = new JsonCursor(DEEPEST);
    cursor.reset(body, 0, body.length);
    if (!cursor.enterObject()) {
      return null;
    }
    int start = cursor.at();
    while (cursor.nextMember()) {
      var key = cursor.key();
      if (dialect.ollama() && key.is("options")) {
        options(cursor);
      } else if (!dialect.ollama() && bounds(key.decoded())) {
        number(cursor);
      } else if (dialect == Dialect.AnthropicMessages && key.is("thinking")) {
        thinking = ThinkingBound.read(cursor);
      } else {
        cursor.skip();
      }
    }
    think();
    if (!said) {
      var text =
          dialect.ollama()
              ? "\"options\":{\"num_predict\":" + most + "},"
              : "\"" + dialect.mostTokens() + "\":" + most + ",";
      edits.addFirst(new Edit(start, start, text));
    }
    return edits.isEmpty() ? null : edited();
  }

  private void think() {
    var edit = thinking == null || !lowered ? null : thinking.under(most);
    if (edit != null) {
      edits.add(edit);
      edits.sort(Comparator.comparingInt(Edit::from));
    }
  }

  private boolean bounds(String name) {
    return switch (name) {
      case "max_tokens" -> dialect != Dialect.OpenAiResponses;
      case "max_completion_tokens" -> dialect == Dialect.OpenAiChat;
      case "max_output_tokens" -> dialect == Dialect.OpenAiResponses;
      default -> false;
    };
  }

  /** Ollama's options, of which a negative number of tokens is no bound. */
  private void options(JsonCursor cursor) {
    if (cursor.peek() != '{') {
      number(cursor, "{\"num_predict\":" + most + "}");
      return;
    }
    cursor.enterObject();
    int start = cursor.at();
    boolean empty = cursor.peek() == '}';
    while (cursor.nextMember()) {
      if (cursor.key().is("num_predict")) {
        number(cursor);
      } else {
        cursor.skip();
      }
    }
    if (!said) {
      said = true;
      edits.add(new Edit(start, start, "\"num_predict\":" + most + (empty ? "" : ",")));
    }
  }

  private void number(JsonCursor cursor) {
    number(cursor, Long.toString(most));
  }

  private void number(JsonCursor cursor, String bound) {
    said = true;
    cursor.peek();
    int from = cursor.at();
    long asked = cursor.count();
    if (asked < 0 || asked > most) {
      lowered = true;
      edits.add(new Edit(from, cursor.at(), bound));
    }
  }

  private byte[] edited() {
    var out = new ByteArrayOutputStream(body.length + 64);
    int copied = 0;
    for (Edit edit : edits) {
      out.write(body, copied, edit.from() - copied);
      out.writeBytes(edit.text().getBytes(US_ASCII));
      copied = edit.to();
    }
    out.write(body, copied, body.length - copied);
    return out.toByteArray();
  }
}
