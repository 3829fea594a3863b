package dev.tollgate.ai.prompt.template;

import io.pebbletemplates.pebble.lexer.Token;
import io.pebbletemplates.pebble.node.BodyNode;
import io.pebbletemplates.pebble.node.IfNode;
import io.pebbletemplates.pebble.node.RenderableNode;
import io.pebbletemplates.pebble.node.expression.Expression;
import io.pebbletemplates.pebble.parser.Parser;
import io.pebbletemplates.pebble.tokenParser.TokenParser;
import io.pebbletemplates.pebble.utils.Pair;
import java.util.ArrayList;
import java.util.List;

/** {@code {% if %} … {% elif %} … {% else %} … {% endif %}}; Pebble's own says elseif. */
final class IfTag implements TokenParser {

  @Override
  public String getTag() {
    return "if";
  }

  @Override
  public RenderableNode parse(Token token, Parser parser) {
    var stream = parser.getStream();
    List<Pair<Expression<?>, BodyNode>> branches = new ArrayList<>();
    BodyNode otherwise = null;
    do {
      stream.next();
      var condition = parser.getExpressionParser().parseExpression();
      stream.expect(Token.Type.EXECUTE_END);
      var body = parser.subparse(t -> t.test(Token.Type.NAME, "elif", "elseif", "else", "endif"));
      branches.add(new Pair<>(condition, body));
    } while (stream.current().test(Token.Type.NAME, "elif", "elseif"));
    if (stream.current().test(Token.Type.NAME, "else")) {
      stream.next();
      stream.expect(Token.Type.EXECUTE_END);
      otherwise = parser.subparse(t -> t.test(Token.Type.NAME, "endif"));
    }
    stream.expect(Token.Type.NAME, "endif");
    stream.expect(Token.Type.EXECUTE_END);
    return new IfNode(token.getLineNumber(), branches, otherwise);
  }
}
