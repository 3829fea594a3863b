package dev.tollgate.ai.protocol.answer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.ai.protocol.ArgumentsFilter;
import dev.tollgate.ai.protocol.TextFilter;
import dev.tollgate.ai.protocol.TextFilter.Kind;
import dev.tollgate.ai.protocol.TextFilter.Lane;
import dev.tollgate.ai.protocol.json.JsonCursor;
import dev.tollgate.ai.protocol.json.JsonOutput;
import dev.tollgate.ai.protocol.json.JsonText;
import java.util.Set;

/**
 * A copy of one document of Anthropic's in which a filter changes strings; everything else is
 * copied to the byte. What only names something, or is for the provider alone, is no text.
 */
final class MaskedStrings {

  /** Of texts that come whole; no other text of Anthropic's has it. */
  private static final Lane WHOLE = Lane.of(0, Kind.Refusal);

  private static final Set<String> NO_TEXT =
      Set.of("type", "id", "name", "role", "model", "signature", "data", "media_type");

  private final TextFilter filter;
  private final JsonCursor json;
  private final JsonOutput out;
  private int copied;
  private boolean changed;

  /**
   * @param json at the beginning of the document
   * @param out what the copy is written to
   */
  MaskedStrings(TextFilter filter, JsonCursor json, JsonOutput out) {
    this.filter = filter;
    this.json = json;
    this.out = out;
    copied = json.at();
  }

  /** Whether the copy differs. */
  boolean changed() {
    return changed;
  }

  /** Copies the rest, up to where the cursor is. */
  void end() {
    out.raw(json.array(), copied, json.at());
    copied = json.at();
  }

  /** Reads a value and filters each of its strings by itself. */
  void value() {
    switch (json.peek()) {
      case '"' -> {
        JsonText text = json.string();
        replace(text, whole(text.decoded()));
      }
      case '{' -> {
        if (json.enterObject()) {
          while (json.nextMember()) {
            member();
          }
        }
      }
      case '[' -> {
        if (json.enterArray()) {
          while (json.nextElement()) {
            value();
          }
        }
      }
      default -> json.skip();
    }
  }

  /** Reads the value of the member whose name has been read. */
  void member() {
    String name = json.key().decoded();
    if (name.equals("input") && json.peek() == '{') {
      input();
    } else if (json.peek() == '"' && noText(name)) {
      json.skip();
    } else {
      value();
    }
  }

  private static boolean noText(String name) {
    return NO_TEXT.contains(name) || name.startsWith("encrypted_") || name.endsWith("_id");
  }

  /** What a tool is given is filtered like arguments. */
  private void input() {
    int from = json.at();
    json.skip();
    var given = new String(json.array(), from, json.at() - from, UTF_8);
    String filtered = ArgumentsFilter.whole(filter, Lane.of(0, Kind.Argument), given);
    if (!filtered.equals(given)) {
      replace(from, json.at()).raw(filtered.getBytes(UTF_8));
    }
  }

  private String whole(String text) {
    return filter.next(WHOLE, text).concat(filter.rest(WHOLE));
  }

  /** Writes a text in place of a string that has been read. */
  void replace(JsonText old, String text) {
    if (!text.equals(old.decoded())) {
      replace(old.from() - 1, old.to() + 1).string(text);
    }
  }

  private JsonOutput replace(int from, int to) {
    changed = true;
    out.raw(json.array(), copied, from);
    copied = to;
    return out;
  }
}
