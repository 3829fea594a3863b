package dev.tollgate.ai.prompt.template;

import io.pebbletemplates.pebble.extension.NodeVisitor;
import io.pebbletemplates.pebble.lexer.Token;
import io.pebbletemplates.pebble.node.AbstractRenderableNode;
import io.pebbletemplates.pebble.node.BodyNode;
import io.pebbletemplates.pebble.node.RenderableNode;
import io.pebbletemplates.pebble.node.expression.Expression;
import io.pebbletemplates.pebble.parser.Parser;
import io.pebbletemplates.pebble.template.EvaluationContextImpl;
import io.pebbletemplates.pebble.template.PebbleTemplateImpl;
import io.pebbletemplates.pebble.tokenParser.TokenParser;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** {@code {% for x in xs %} … {% else %} … {% endfor %}}, and {@code for key, value in map}. */
final class ForTag implements TokenParser {

  /** The tag in Pebble's tree. */
  static final class Tree extends AbstractRenderableNode {
    final String variable;
    final @Nullable String second;
    final Expression<?> over;
    final BodyNode body;
    final @Nullable BodyNode otherwise;

    Tree(
        int position,
        String variable,
        @Nullable String second,
        Expression<?> over,
        BodyNode body,
        @Nullable BodyNode otherwise) {
      super(position);
      this.variable = variable;
      this.second = second;
      this.over = over;
      this.body = body;
      this.otherwise = otherwise;
    }

    @Override
    public void render(PebbleTemplateImpl self, Writer writer, EvaluationContextImpl context) {
      throw new UnsupportedOperationException("trees are compiled, not rendered");
    }

    @Override
    public void accept(NodeVisitor visitor) {
      throw new UnsupportedOperationException("trees are compiled, not visited");
    }
  }

  @Override
  public String getTag() {
    return "for";
  }

  @Override
  public RenderableNode parse(Token token, Parser parser) {
    var stream = parser.getStream();
    var position = token.getLineNumber();
    stream.next();
    var variable = parser.getExpressionParser().parseNewVariableName();
    String second = null;
    if (stream.current().test(Token.Type.PUNCTUATION, ",")) {
      stream.next();
      second = parser.getExpressionParser().parseNewVariableName();
    }
    // the operator of the same name makes it another kind of token
    if (stream.current().test(Token.Type.OPERATOR, "in")) {
      stream.next();
    } else {
      stream.expect(Token.Type.NAME, "in");
    }
    var over = parser.getExpressionParser().parseExpression();
    stream.expect(Token.Type.EXECUTE_END);
    var body = parser.subparse(t -> t.test(Token.Type.NAME, "else", "endfor"));
    BodyNode otherwise = null;
    if (stream.current().test(Token.Type.NAME, "else")) {
      stream.next();
      stream.expect(Token.Type.EXECUTE_END);
      otherwise = parser.subparse(t -> t.test(Token.Type.NAME, "endfor"));
    }
    stream.expect(Token.Type.NAME, "endfor");
    stream.expect(Token.Type.EXECUTE_END);
    return new Tree(position, variable, second, over, body, otherwise);
  }
}
