package dev.tollgate.ai.prompt.template;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a value as JSON (RFC 8259), within the bounds of its render. Keys keep their order. */
final class JsonText {

  private final StringBuilder text = new StringBuilder();
  private final int indent;
  private final Rendering rendering;

  private JsonText(int indent, Rendering rendering) {
    this.indent = indent;
    this.rendering = rendering;
  }

  /**
   * @param indent spaces a level; 0 for one line
   */
  static String of(@Nullable Object value, int indent, Rendering rendering) {
    var json = new JsonText(indent, rendering);
    json.write(value, 1);
    return json.text.toString();
  }

  private void write(@Nullable Object value, int depth) {
    rendering.step();
    switch (value) {
      case null -> text.append("null");
      case String string -> string(string);
      case BigDecimal number -> text.append(number.toPlainString());
      case List<?> list -> {
        text.append('[');
        var first = true;
        for (var element : list) {
          next(first, depth);
          first = false;
          write(element, depth + 1);
        }
        end(first, depth);
        text.append(']');
      }
      case Map<?, ?> map -> {
        text.append('{');
        var first = true;
        for (var entry : map.entrySet()) {
          next(first, depth);
          first = false;
          string(String.valueOf(entry.getKey()));
          text.append(": ");
          write(entry.getValue(), depth + 1);
        }
        end(first, depth);
        text.append('}');
      }
      default -> text.append(value);
    }
    rendering.bounded(text.length());
  }

  private void next(boolean first, int depth) {
    if (!first) {
      text.append(indent == 0 ? ", " : ",");
    }
    if (indent > 0) {
      text.append('\n').repeat(' ', indent * depth);
    }
  }

  private void end(boolean empty, int depth) {
    if (indent > 0 && !empty) {
      text.append('\n').repeat(' ', indent * (depth - 1));
    }
  }

  private void string(String string) {
    rendering.bounded((long) text.length() + string.length());
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      var c = string.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (c < ' ') {
            text.append("\\u%04x".formatted((int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
