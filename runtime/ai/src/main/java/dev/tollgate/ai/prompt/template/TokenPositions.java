package dev.tollgate.ai.prompt.template;

import io.pebbletemplates.pebble.lexer.Token;
import java.util.ArrayList;
import java.util.List;

/**
 * Line and column of tokens in one number. Pebble's tokens know their line only, but its tree and
 * its errors carry the number through; so the number is made to hold both.
 */
final class TokenPositions {

  private static final int COLUMN_BITS = 12;
  private static final int COLUMN_MASK = (1 << COLUMN_BITS) - 1;

  private TokenPositions() {}

  static int line(int position) {
    return position >> COLUMN_BITS;
  }

  static int column(int position) {
    return position & COLUMN_MASK;
  }

  static int of(int line, int column) {
    return line << COLUMN_BITS | Math.min(column, COLUMN_MASK);
  }

  /** Replaces the line of each token by its position, found again in the order of the source. */
  static void mark(String source, List<Token> tokens) {
    var lines = lines(source);
    var at = 0;
    for (var token : tokens) {
      var line = Math.min(token.getLineNumber(), lines.size());
      var start = lines.get(line - 1);
      var text = written(token);
      // the line of a text is that of its end
      var ends = token.getType() == Token.Type.TEXT || token.getType() == Token.Type.STRING;
      var found = source.indexOf(text, ends ? at : Math.max(at, start));
      if (found < 0) {
        token.setLineNumber(of(line, 1));
        continue;
      }
      at = found + text.length();
      token.setLineNumber(of(line, Math.max(1, found - start + 1)));
    }
  }

  private static String written(Token token) {
    return switch (token.getType()) {
      case PRINT_START -> "{{";
      case EXECUTE_START -> "{%";
      case PRINT_END -> "}}";
      case EXECUTE_END -> "%}";
      default -> token.getValue() == null ? "" : token.getValue();
    };
  }

  /** Where lines begin, as Pebble counts them. */
  private static List<Integer> lines(String source) {
    List<Integer> starts = new ArrayList<>();
    starts.add(0);
    for (int i = 0; i < source.length(); i++) {
      switch (source.charAt(i)) {
        case '\r' -> {
          if (i + 1 < source.length() && source.charAt(i + 1) == '\n') {
            i++;
          }
          starts.add(i + 1);
        }
        case '\n', '\u0085', '\u2028', '\u2029' -> starts.add(i + 1);
        default -> {
          // within a line
        }
      }
    }
    return starts;
  }
}
