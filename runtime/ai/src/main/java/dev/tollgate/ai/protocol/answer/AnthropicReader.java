package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.HashMap;
import java.util.Map;

/**
 * Anthropic's messages: the events {@code message_start}, {@code content_block_start}, {@code
 * content_block_delta}, {@code message_delta}, {@code message_stop}, {@code error}, and a whole
 * {@code message}. The kind is read from the member {@code type}, so the name of the SSE event is
 * not needed. The input of a call is {@code input_tokens} together with what was read from and
 * written to the cache, which Anthropic counts apart.
 */
final class AnthropicReader implements AnswerReader {

  private static final int ABSENT = -1;

  /** From the index of a content block to the number of the call of a tool in it. */
  private final Map<Integer, Integer> calls = new HashMap<>();

  private int type;
  private int index;
  private int delta;
  private int block;
  private int content;
  private int message;
  private int usage;
  private int error;
  private int stopReason;
  private int stopSequence;
  private long input;
  private long cacheRead;
  private long cacheWrite;
  private long cacheWriteHour;
  private long output;

  @Override
  public void read(JsonCursor event, Parts parts) {
    if (!event.enterObject()) {
      return;
    }
    note(event);
    int after = event.at();
    if (type == ABSENT) {
      return;
    }
    event.seek(type);
    JsonText kind = event.string();
    if (kind.is("content_block_delta")) {
      delta(event, parts);
    } else if (kind.is("content_block_start")) {
      block(event, parts, block, index);
    } else if (kind.is("message_delta")) {
      messageDelta(event, parts);
    } else if (kind.is("message_start")) {
      messageStart(event, parts);
    } else if (kind.is("message_stop")) {
      parts.end();
    } else if (kind.is("error") && error != ABSENT) {
      event.seek(error);
      AnswerReader.error(event, parts);
    } else if (kind.is("message")) {
      whole(event, parts);
    }
    event.seek(after);
  }

  private void note(JsonCursor event) {
    type = ABSENT;
    index = 0;
    delta = ABSENT;
    block = ABSENT;
    content = ABSENT;
    message = ABSENT;
    usage = ABSENT;
    error = ABSENT;
    stopReason = ABSENT;
    stopSequence = ABSENT;
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("index")) {
        index = Math.max(0, event.index());
        continue;
      }
      event.peek();
      int at = event.at();
      if (key.is("type")) {
        type = at;
      } else if (key.is("delta")) {
        delta = at;
      } else if (key.is("content_block")) {
        block = at;
      } else if (key.is("content")) {
        content = at;
      } else if (key.is("message")) {
        message = at;
      } else if (key.is("usage")) {
        usage = at;
      } else if (key.is("error")) {
        error = at;
      } else if (key.is("stop_reason")) {
        stopReason = at;
      } else if (key.is("stop_sequence")) {
        stopSequence = at;
      }
      event.skip();
    }
  }

  private void delta(JsonCursor event, Parts parts) {
    if (delta == ABSENT) {
      return;
    }
    event.seek(delta);
    if (!event.enterObject()) {
      return;
    }
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("text")) {
        text(event, parts);
      } else if (key.is("thinking")) {
        thinking(event, parts);
      } else if (key.is("partial_json")) {
        JsonText piece = event.string();
        Integer call = calls.get(index);
        if (call != null && !piece.isEmpty()) {
          parts.toolArguments(0, call, piece);
        }
      } else {
        event.skip();
      }
    }
  }

  /** A block with what it begins with; in a whole message that is all of it. */
  private void block(JsonCursor event, Parts parts, int at, int blockIndex) {
    if (at == ABSENT) {
      return;
    }
    event.seek(at);
    if (!event.enterObject()) {
      return;
    }
    boolean tool = false;
    boolean other = false;
    String id = null;
    String name = null;
    int from = ABSENT;
    int to = ABSENT;
    while (event.nextMember()) {
      JsonText key = event.key();
      if (key.is("type")) {
        JsonText type = event.string();
        tool = type.is("tool_use");
        other = !tool && !type.is("text") && !type.is("thinking");
      } else if (key.is("text")) {
        text(event, parts);
      } else if (key.is("thinking")) {
        thinking(event, parts);
      } else if (key.is("id")) {
        id = event.string().decoded();
      } else if (key.is("name")) {
        name = event.string().decoded();
      } else if (key.is("input") && event.peek() == '{') {
        from = event.at();
        event.skip();
        to = event.at();
      } else {
        event.skip();
      }
    }
    if (other) {
      parts.other(0);
    }
    if (tool && name != null) {
      int call = calls.size();
      calls.put(blockIndex, call);
      parts.toolCall(0, call, id, name);
      // a streamed block begins with {}, and its input follows in pieces
      if (from != ABSENT && to - from > 2) {
        parts.toolInput(0, call, event.array(), from, to);
      }
    }
  }

  private void messageStart(JsonCursor event, Parts parts) {
    if (message == ABSENT) {
      return;
    }
    event.seek(message);
    if (!event.enterObject()) {
      return;
    }
    while (event.nextMember()) {
      if (event.key().is("usage")) {
        usage(event, parts);
      } else {
        event.skip();
      }
    }
  }

  private void messageDelta(JsonCursor event, Parts parts) {
    if (usage != ABSENT) {
      event.seek(usage);
      usage(event, parts);
    }
    if (delta == ABSENT) {
      return;
    }
    event.seek(delta);
    if (!event.enterObject()) {
      return;
    }
    while (event.nextMember()) {
      JsonText key = event.key();
      event.peek();
      int at = event.at();
      if (key.is("stop_reason")) {
        stopReason = at;
      } else if (key.is("stop_sequence")) {
        stopSequence = at;
      }
      event.skip();
    }
    finish(event, parts);
  }

  private void finish(JsonCursor event, Parts parts) {
    if (stopReason == ABSENT) {
      return;
    }
    String sequence = null;
    if (stopSequence != ABSENT) {
      event.seek(stopSequence);
      sequence = event.skipNull() ? null : event.string().decoded();
    }
    event.seek(stopReason);
    if (!event.skipNull()) {
      parts.finish(0, Finish.of(event.string()), sequence);
    }
  }

  private void whole(JsonCursor event, Parts parts) {
    if (content != ABSENT) {
      event.seek(content);
      if (event.enterArray()) {
        int blockIndex = 0;
        while (event.nextElement()) {
          event.peek();
          int at = event.at();
          event.skip();
          int next = event.at();
          block(event, parts, at, blockIndex++);
          event.seek(next);
        }
      }
    }
    if (usage != ABSENT) {
      event.seek(usage);
      usage(event, parts);
    }
    finish(event, parts);
    parts.end();
  }

  private static void text(JsonCursor event, Parts parts) {
    JsonText text = event.string();
    if (!text.isEmpty()) {
      parts.text(0, text);
    }
  }

  private static void thinking(JsonCursor event, Parts parts) {
    JsonText text = event.string();
    if (!text.isEmpty()) {
      parts.thinking(0, text);
    }
  }

  /** The figures are cumulative, and a later event may leave out what has not changed. */
  private void usage(JsonCursor value, Parts parts) {
    if (value.skipNull() || !value.enterObject()) {
      return;
    }
    long plain = input;
    long read = cacheRead;
    long write = cacheWrite;
    while (value.nextMember()) {
      JsonText key = value.key();
      if (key.is("input_tokens")) {
        plain = later(plain, value.count());
      } else if (key.is("cache_read_input_tokens")) {
        read = later(read, value.count());
      } else if (key.is("cache_creation_input_tokens")) {
        write = later(write, value.count());
      } else if (key.is("cache_creation")) {
        cacheCreation(value);
      } else if (key.is("output_tokens")) {
        output = later(output, value.count());
      } else {
        value.skip();
      }
    }
    if (plain + read + write > 0) { // else some servers say at the end that there was no prompt
      input = plain;
      cacheRead = read;
      cacheWrite = write;
    }
    parts.usage(
        new Tokens(
            input + cacheRead + cacheWrite, cacheRead, cacheWrite, cacheWriteHour, output, -1));
  }

  /** What was written into the cache, by how long it is kept. */
  private void cacheCreation(JsonCursor value) {
    if (!value.enterObject()) {
      return;
    }
    while (value.nextMember()) {
      if (value.key().is("ephemeral_1h_input_tokens")) {
        cacheWriteHour = later(cacheWriteHour, value.count());
      } else {
        value.skip();
      }
    }
  }

  private static long later(long before, long now) {
    return now < 0 ? before : now;
  }
}
