package dev.tollgate.ai.prompt.template;

import io.pebbletemplates.pebble.error.PebbleException;
import io.pebbletemplates.pebble.lexer.LexerImpl;
import io.pebbletemplates.pebble.lexer.Syntax;
import io.pebbletemplates.pebble.lexer.Token;
import io.pebbletemplates.pebble.node.RootNode;
import io.pebbletemplates.pebble.node.expression.AddExpression;
import io.pebbletemplates.pebble.node.expression.AndExpression;
import io.pebbletemplates.pebble.node.expression.BinaryExpression;
import io.pebbletemplates.pebble.node.expression.ConcatenateExpression;
import io.pebbletemplates.pebble.node.expression.DivideExpression;
import io.pebbletemplates.pebble.node.expression.EqualsExpression;
import io.pebbletemplates.pebble.node.expression.FilterExpression;
import io.pebbletemplates.pebble.node.expression.GreaterThanEqualsExpression;
import io.pebbletemplates.pebble.node.expression.GreaterThanExpression;
import io.pebbletemplates.pebble.node.expression.LessThanEqualsExpression;
import io.pebbletemplates.pebble.node.expression.LessThanExpression;
import io.pebbletemplates.pebble.node.expression.ModulusExpression;
import io.pebbletemplates.pebble.node.expression.MultiplyExpression;
import io.pebbletemplates.pebble.node.expression.NegativeTestExpression;
import io.pebbletemplates.pebble.node.expression.NotEqualsExpression;
import io.pebbletemplates.pebble.node.expression.OrExpression;
import io.pebbletemplates.pebble.node.expression.PositiveTestExpression;
import io.pebbletemplates.pebble.node.expression.SubtractExpression;
import io.pebbletemplates.pebble.node.expression.UnaryMinusExpression;
import io.pebbletemplates.pebble.node.expression.UnaryNotExpression;
import io.pebbletemplates.pebble.node.expression.UnaryPlusExpression;
import io.pebbletemplates.pebble.operator.Associativity;
import io.pebbletemplates.pebble.operator.BinaryOperator;
import io.pebbletemplates.pebble.operator.BinaryOperatorImpl;
import io.pebbletemplates.pebble.operator.BinaryOperatorType;
import io.pebbletemplates.pebble.operator.UnaryOperator;
import io.pebbletemplates.pebble.operator.UnaryOperatorImpl;
import io.pebbletemplates.pebble.parser.ParserImpl;
import io.pebbletemplates.pebble.parser.ParserOptions;
import io.pebbletemplates.pebble.tokenParser.TokenParser;
import java.io.StringReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * From text to Pebble's tree: Jinja's operators with its precedence, and two tags. As in Jinja, a
 * newline after a tag stays, and {@code -} next to a delimiter takes the white space away.
 */
final class Grammar {

  private static final String UNCLOSED = "the template ends within a tag; close it with }} or %}";

  private static final int MAX_TOKENS_A_TAG = 400;
  private static final int MAX_TAGS_OPEN = 32;
  private static final Syntax SYNTAX = new Syntax.Builder().setEnableNewLineTrimming(false).build();
  private static final Map<String, UnaryOperator> UNARY =
      Map.of(
          "not", new UnaryOperatorImpl("not", 18, UnaryNotExpression.class),
          "-", new UnaryOperatorImpl("-", 70, UnaryMinusExpression.class),
          "+", new UnaryOperatorImpl("+", 70, UnaryPlusExpression.class));
  private static final Map<String, BinaryOperator> BINARY = binary();
  private static final Map<String, TokenParser> TAGS =
      Map.of("if", new IfTag(), "for", new ForTag());

  private Grammar() {}

  private static Map<String, BinaryOperator> binary() {
    Map<String, BinaryOperator> operators = new HashMap<>();
    add(operators, "or", 10, OrExpression::new);
    add(operators, "and", 15, AndExpression::new);
    add(operators, "in", 20, () -> new InOperator(false));
    add(operators, "not in", 20, () -> new InOperator(true));
    add(operators, "==", 30, EqualsExpression::new);
    add(operators, "!=", 30, NotEqualsExpression::new);
    add(operators, "<", 30, LessThanExpression::new);
    add(operators, "<=", 30, LessThanEqualsExpression::new);
    add(operators, ">", 30, GreaterThanExpression::new);
    add(operators, ">=", 30, GreaterThanEqualsExpression::new);
    add(operators, "~", 35, ConcatenateExpression::new);
    add(operators, "+", 40, AddExpression::new);
    add(operators, "-", 40, SubtractExpression::new);
    add(operators, "*", 60, MultiplyExpression::new);
    add(operators, "/", 60, DivideExpression::new);
    add(operators, "%", 60, ModulusExpression::new);
    add(operators, "is", 90, PositiveTestExpression::new, BinaryOperatorType.TEST);
    add(operators, "is not", 90, NegativeTestExpression::new, BinaryOperatorType.TEST);
    add(operators, "|", 100, FilterExpression::new, BinaryOperatorType.FILTER);
    return Map.copyOf(operators);
  }

  private static void add(
      Map<String, BinaryOperator> operators,
      String symbol,
      int precedence,
      Supplier<BinaryExpression<?>> tree) {
    add(operators, symbol, precedence, tree, BinaryOperatorType.NORMAL);
  }

  private static void add(
      Map<String, BinaryOperator> operators,
      String symbol,
      int precedence,
      Supplier<BinaryExpression<?>> tree,
      BinaryOperatorType type) {
    operators.put(
        symbol, new BinaryOperatorImpl(symbol, precedence, tree, type, Associativity.LEFT));
  }

  /**
   * Parses a template; lines in the tree are positions.
   *
   * @see TokenPositions
   */
  static RootNode parse(String source) {
    var marked = false;
    try {
      var tokens =
          new LexerImpl(SYNTAX, UNARY.values(), BINARY.values())
              .tokenize(new StringReader(source), "");
      TokenPositions.mark(source, tokens.getTokens());
      marked = true;
      refuseDeep(tokens.getTokens());
      return new ParserImpl(UNARY, BINARY, TAGS, new ParserOptions()).parse(tokens);
    } catch (PebbleException e) {
      int at = e.getLineNumber() == null ? TokenPositions.of(1, 1) : e.getLineNumber();
      throw marked
          ? refused(inWords(e.getPebbleMessage()), at)
          : new TemplateException(e.getPebbleMessage(), at, 1);
    } catch (NumberFormatException e) {
      throw new TemplateException("a number is too large: " + e.getMessage(), 1, 1);
    } catch (IndexOutOfBoundsException e) {
      // so ends Pebble's lexer when a delimiter is never closed
      var line = (int) source.lines().count();
      throw new TemplateException(UNCLOSED, Math.max(1, line), 1);
    }
  }

  /** Pebble tells of the end of a template in names of its own. */
  private static String inWords(String message) {
    return message.contains(" and type EOF, expected ") ? UNCLOSED : message;
  }

  /** Parser and compilation call themselves, once a level. */
  private static void refuseDeep(List<Token> tokens) {
    var within = 0;
    var tags = 0;
    for (var token : tokens) {
      switch (token.getType()) {
        case TEXT, PRINT_END, EXECUTE_END -> within = 0;
        default -> within++;
      }
      if (token.getType() == Token.Type.NAME && within == 2) {
        tags +=
            TAGS.containsKey(token.getValue()) ? 1 : token.getValue().startsWith("end") ? -1 : 0;
      }
      if (within > MAX_TOKENS_A_TAG || tags > MAX_TAGS_OPEN) {
        throw refused(
            "at most %d tags may be open at once, of %d words and signs each"
                .formatted(MAX_TAGS_OPEN, MAX_TOKENS_A_TAG),
            token.getLineNumber());
      }
    }
  }

  static TemplateException refused(String what, int position) {
    return new TemplateException(
        what, TokenPositions.line(position), Math.max(1, TokenPositions.column(position)));
  }
}
