package dev.tollgate.ai.protocol.answer;

import dev.tollgate.ai.protocol.ArgumentsFilter;
import dev.tollgate.ai.protocol.TextFilter;
import dev.tollgate.ai.protocol.TextFilter.Kind;
import dev.tollgate.ai.protocol.TextFilter.Lane;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes the texts in an answer of Anthropic's for a client of the same dialect. Events in which
 * nothing is changed pass as they are; what the filter holds back goes out before the block ends.
 * Strings of parts that are neither text, thinking nor input of a tool are filtered one by one.
 */
public final class AnthropicMask {

  private static final int ABSENT = -1;

  private final TextFilter filter;
  private final JsonOutput out = new JsonOutput(512);

  /** Of each block that is not done what its pieces are. */
  private final Map<Integer, Kind> open = new LinkedHashMap<>(2);

  private final Map<Integer, ArgumentsFilter> inputs = new HashMap<>(2);

  /** Whether the last event went out as it came. */
  private boolean unchanged;

  private int type;
  private int index;
  private int delta;
  private int block;

  public AnthropicMask(TextFilter filter) {
    this.filter = filter;
  }

  /** What has been written and not been taken away yet. */
  public JsonOutput output() {
    return out;
  }

  /**
   * The body of a whole answer.
   *
   * @param json at its beginning; its end has been seen to be well-formed
   * @return the very same when nothing is changed
   */
  static byte[] whole(TextFilter filter, byte[] body, JsonCursor json) {
    var out = new JsonOutput(body.length + 64);
    var strings = new MaskedStrings(filter, json, out);
    strings.value();
    strings.end();
    return strings.changed() ? out.take() : body;
  }

  /** Passes what has no data. */
  public void pass(byte[] event, int from, int to) {
    unchanged = true;
    out.raw(event, from, to);
  }

  /** Passes the second half of the line end of an event whose first half has passed. */
  public void lineFeed() {
    if (unchanged) {
      out.raw("\n");
    }
  }

  /**
   * Writes one event.
   *
   * @param event the array that it is in, from one index to another
   * @param json at the beginning of its data, which have been read before
   */
  public void event(byte[] event, int from, int to, JsonCursor json) {
    unchanged = false;
    int data = json.at();
    note(json);
    if (delta != ABSENT && is(json, "content_block_delta")) {
      delta(event, from, to, json, data);
      return;
    }
    if (is(json, "content_block_stop") || is(json, "content_block_start")) {
      rest(index);
    } else if (is(json, "message_delta") || is(json, "message_stop")) {
      List.copyOf(open.keySet()).forEach(this::rest);
    }
    json.seek(data);
    other(event, from, to, json);
  }

  private void note(JsonCursor json) {
    type = ABSENT;
    index = 0;
    delta = ABSENT;
    block = ABSENT;
    if (!json.enterObject()) {
      return;
    }
    while (json.nextMember()) {
      JsonText key = json.key();
      if (key.is("index")) {
        index = Math.max(0, json.index());
        continue;
      }
      json.peek();
      int at = json.at();
      if (key.is("type")) {
        type = at;
      } else if (key.is("delta")) {
        delta = at;
      } else if (key.is("content_block")) {
        block = at;
      }
      json.skip();
    }
  }

  private boolean is(JsonCursor json, String name) {
    if (type == ABSENT) {
      return false;
    }
    json.seek(type);
    return json.string().is(name);
  }

  private void delta(byte[] event, int from, int to, JsonCursor json, int data) {
    Kind kind = null;
    int piece = ABSENT;
    boolean signature = false;
    json.seek(delta);
    if (json.enterObject()) {
      while (json.nextMember()) {
        Kind said = json.peek() == '"' ? kind(json.key()) : null;
        kind = said == null ? kind : said;
        piece = said == null ? piece : json.at();
        signature |= json.key().is("signature");
        json.skip();
      }
    }
    if (signature) {
      rest(index); // the thinking that it signs has been said
    }
    if (kind == null) {
      json.seek(data);
      other(event, from, to, json);
      return;
    }
    if (open.get(index) != kind) {
      rest(index);
    }
    json.seek(piece);
    JsonText text = json.string();
    String given = text.decoded();
    String said = given.isEmpty() ? given : next(kind, given);
    if (said.equals(given)) {
      pass(event, from, to);
    } else if (!said.isEmpty()) {
      writePiece(kind, index, said);
    }
  }

  private static @Nullable Kind kind(JsonText key) {
    if (key.is("text")) {
      return Kind.Answer;
    }
    if (key.is("thinking")) {
      return Kind.Reasoning;
    }
    return key.is("partial_json") ? Kind.Argument : null;
  }

  private String next(Kind kind, String piece) {
    open.put(index, kind);
    var lane = new Lane(0, kind, index);
    return kind == Kind.Argument
        ? inputs.computeIfAbsent(index, _ -> new ArgumentsFilter(filter, lane)).next(piece)
        : filter.next(lane, piece);
  }

  /** Writes what is held back of a block. */
  private void rest(int of) {
    Kind kind = open.remove(of);
    if (kind == null) {
      return;
    }
    ArgumentsFilter input = inputs.remove(of);
    String rest = input == null ? filter.rest(new Lane(0, kind, of)) : input.rest();
    if (!rest.isEmpty()) {
      writePiece(kind, of, rest);
    }
  }

  private void writePiece(Kind kind, int of, String text) {
    out.raw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        .number(of)
        .raw(",\"delta\":{\"type\":\"");
    out.raw(
            switch (kind) {
              case Answer, Refusal -> "text_delta\",\"text\":";
              case Reasoning -> "thinking_delta\",\"thinking\":";
              case Argument -> "input_json_delta\",\"partial_json\":";
            })
        .string(text)
        .raw("}}\n\n");
  }

  /** An event whose strings are whole, but for those that a block begins with. */
  private void other(byte[] event, int from, int to, JsonCursor json) {
    int before = out.length();
    int data = json.at();
    String name = type == ABSENT ? "message" : name(json);
    out.raw("event: ").raw(name).raw("\ndata: ");
    json.seek(data);
    var strings = new MaskedStrings(filter, json, out);
    if (block != ABSENT && json.enterObject()) {
      while (json.nextMember()) {
        if (json.key().is("content_block")) {
          begin(json, strings);
        } else {
          strings.member();
        }
      }
    } else {
      strings.value();
    }
    strings.end();
    out.raw("\n\n");
    if (!strings.changed()) {
      out.cut(before);
      pass(event, from, to);
    }
  }

  private String name(JsonCursor json) {
    json.seek(type);
    return json.string().decoded();
  }

  private void begin(JsonCursor json, MaskedStrings strings) {
    if (!json.enterObject()) {
      return;
    }
    while (json.nextMember()) {
      Kind kind = json.peek() == '"' ? kind(json.key()) : null;
      if (kind == null) {
        strings.member();
      } else {
        JsonText text = json.string();
        strings.replace(text, text.isEmpty() ? "" : next(kind, text.decoded()));
      }
    }
  }
}
