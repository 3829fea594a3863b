package dev.tollgate.ai.prompt.template;

import io.pebbletemplates.pebble.node.ArgumentsNode;
import io.pebbletemplates.pebble.node.FunctionOrMacroNameNode;
import io.pebbletemplates.pebble.node.TestInvocationExpression;
import io.pebbletemplates.pebble.node.expression.AddExpression;
import io.pebbletemplates.pebble.node.expression.AndExpression;
import io.pebbletemplates.pebble.node.expression.ArrayExpression;
import io.pebbletemplates.pebble.node.expression.BinaryExpression;
import io.pebbletemplates.pebble.node.expression.ConcatenateExpression;
import io.pebbletemplates.pebble.node.expression.ContextVariableExpression;
import io.pebbletemplates.pebble.node.expression.DivideExpression;
import io.pebbletemplates.pebble.node.expression.EqualsExpression;
import io.pebbletemplates.pebble.node.expression.Expression;
import io.pebbletemplates.pebble.node.expression.FilterExpression;
import io.pebbletemplates.pebble.node.expression.FilterInvocationExpression;
import io.pebbletemplates.pebble.node.expression.GetAttributeExpression;
import io.pebbletemplates.pebble.node.expression.GreaterThanEqualsExpression;
import io.pebbletemplates.pebble.node.expression.GreaterThanExpression;
import io.pebbletemplates.pebble.node.expression.LessThanEqualsExpression;
import io.pebbletemplates.pebble.node.expression.LessThanExpression;
import io.pebbletemplates.pebble.node.expression.LiteralBooleanExpression;
import io.pebbletemplates.pebble.node.expression.LiteralDoubleExpression;
import io.pebbletemplates.pebble.node.expression.LiteralLongExpression;
import io.pebbletemplates.pebble.node.expression.LiteralNullExpression;
import io.pebbletemplates.pebble.node.expression.LiteralStringExpression;
import io.pebbletemplates.pebble.node.expression.ModulusExpression;
import io.pebbletemplates.pebble.node.expression.MultiplyExpression;
import io.pebbletemplates.pebble.node.expression.NegativeTestExpression;
import io.pebbletemplates.pebble.node.expression.NotEqualsExpression;
import io.pebbletemplates.pebble.node.expression.OrExpression;
import io.pebbletemplates.pebble.node.expression.PositiveTestExpression;
import io.pebbletemplates.pebble.node.expression.SubtractExpression;
import io.pebbletemplates.pebble.node.expression.TernaryExpression;
import io.pebbletemplates.pebble.node.expression.UnaryMinusExpression;
import io.pebbletemplates.pebble.node.expression.UnaryNotExpression;
import io.pebbletemplates.pebble.node.expression.UnaryPlusExpression;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compiles expressions. What has no case here cannot be said in a template. */
final class Terms {

  private final Compilation compilation;

  Terms(Compilation compilation) {
    this.compilation = compilation;
  }

  Term of(Expression<?> expression) {
    return switch (expression) {
      case LiteralStringExpression literal -> constant(unescaped(literal.getValue()));
      case LiteralLongExpression literal -> constant(literal.getValue());
      case LiteralDoubleExpression literal -> constant(literal.getValue());
      case LiteralBooleanExpression literal -> constant(literal.getValue());
      case LiteralNullExpression _ -> _ -> null;
      case ContextVariableExpression variable -> variable(variable);
      case GetAttributeExpression attribute -> attribute(attribute);
      case ArrayExpression array -> array(array);
      case TernaryExpression choice -> {
        var condition = of(choice.getExpression1());
        var then = of(choice.getExpression2());
        var otherwise = of(choice.getExpression3());
        yield r -> Values.truth(condition.value(r)) ? then.value(r) : otherwise.value(r);
      }
      case UnaryNotExpression not -> {
        var term = of(not.getChildExpression());
        yield r -> !Values.truth(term.value(r));
      }
      case UnaryMinusExpression minus -> {
        var term = of(minus.getChildExpression());
        yield r -> Arithmetic.negate(term.value(r));
      }
      case UnaryPlusExpression plus -> of(plus.getChildExpression());
      case FilterExpression filter -> filter(filter);
      case NegativeTestExpression test -> test(test, false);
      case PositiveTestExpression test -> test(test, true);
      case BinaryExpression<?> operation -> operation(operation);
      case FunctionOrMacroNameNode function ->
          throw Grammar.refused(
              "there are no functions, so " + function.getName() + "() cannot be called",
              function.getLineNumber());
      default ->
          throw Grammar.refused(
              "functions and maps cannot be written in a template; see the list of what can in"
                  + " docs/prompts.md",
              expression.getLineNumber());
    };
  }

  private static Term constant(Object value) {
    return _ -> value;
  }

  private Term variable(ContextVariableExpression variable) {
    if (variable.getName().equals("loop") && !compilation.declares("loop")) {
      throw Grammar.refused(
          "loop is known within a for only, and has members such as loop.index",
          variable.getLineNumber());
    }
    var slot = compilation.slot(variable.getName(), variable.getLineNumber());
    return r -> r.get(slot);
  }

  private Term attribute(GetAttributeExpression attribute) {
    if (attribute.getArgumentsNode() != null) {
      throw Grammar.refused("methods cannot be called", attribute.getLineNumber());
    }
    if (attribute.getNode() instanceof ContextVariableExpression variable
        && variable.getName().equals("loop")
        && !compilation.declares("loop")
        && compilation.loop() >= 0
        && attribute.getAttributeNameExpression() instanceof LiteralStringExpression name) {
      var member = Loop.State.member(name.getValue(), compilation.loop());
      if (member == null) {
        throw Grammar.refused(
            "loop has no member "
                + name.getValue()
                + "; it has index, index0, revindex,"
                + " revindex0, length, first and last",
            attribute.getLineNumber());
      }
      return member;
    }
    var of = of(attribute.getNode());
    var key = of(attribute.getAttributeNameExpression());
    return r -> Values.attribute(of.value(r), key.value(r));
  }

  private Term array(ArrayExpression array) {
    var elements = array.getValues().stream().map(this::of).toArray(Term[]::new);
    return r -> {
      List<@Nullable Object> list = new ArrayList<>(elements.length);
      for (var element : elements) {
        list.add(element.value(r));
      }
      return Collections.unmodifiableList(list);
    };
  }

  private Term filter(FilterExpression expression) {
    var invocation = (FilterInvocationExpression) expression.getRightExpression();
    var position = invocation.getLineNumber();
    var name = invocation.getFilterName();
    var filter = Filters.ALL.get(name);
    if (filter == null) {
      throw Grammar.refused(
          "there is no filter named "
              + name
              + "; there are "
              + String.join(", ", new TreeSet<>(Filters.ALL.keySet())),
          position);
    }
    var arguments = arguments(invocation.getArgs(), position);
    if (arguments.length < filter.least() || arguments.length > filter.most()) {
      throw Grammar.refused(
          "the filter %s takes %s, not %d arguments"
              .formatted(
                  name,
                  filter.least() == filter.most()
                      ? Integer.toString(filter.least())
                      : filter.least() + " to " + filter.most(),
                  arguments.length),
          position);
    }
    var input = of(expression.getLeftExpression());
    var body = filter.body();
    return r -> {
      var values = new @Nullable Object[arguments.length];
      for (int i = 0; i < arguments.length; i++) {
        values[i] = arguments[i].value(r);
      }
      return body.apply(input.value(r), values, r);
    };
  }

  private Term[] arguments(ArgumentsNode arguments, int position) {
    if (arguments.getNamedArgs() != null && !arguments.getNamedArgs().isEmpty()) {
      throw Grammar.refused("arguments have no names here; give them in order", position);
    }
    return arguments.getPositionalArgs() == null
        ? new Term[0]
        : arguments.getPositionalArgs().stream()
            .map(argument -> of(argument.getValueExpression()))
            .toArray(Term[]::new);
  }

  private Term test(BinaryExpression<?> expression, boolean wanted) {
    var invocation = (TestInvocationExpression) expression.getRightExpression();
    var test = Test.ALL.get(invocation.getTestName());
    if (test == null || arguments(invocation.getArgs(), invocation.getLineNumber()).length > 0) {
      throw Grammar.refused(
          "there is no test named "
              + invocation.getTestName()
              + " without arguments; there are "
              + String.join(", ", new TreeSet<>(Test.ALL.keySet())),
          invocation.getLineNumber());
    }
    var term = of(expression.getLeftExpression());
    return r -> test.test(term.value(r)) == wanted;
  }

  private Term operation(BinaryExpression<?> operation) {
    var left = of(operation.getLeftExpression());
    var right = of(operation.getRightExpression());
    return switch (operation) {
      case AndExpression _ -> r -> Values.truth(left.value(r)) && Values.truth(right.value(r));
      case OrExpression _ -> r -> Values.truth(left.value(r)) || Values.truth(right.value(r));
      case EqualsExpression _ -> r -> Values.same(left.value(r), right.value(r));
      case NotEqualsExpression _ -> r -> !Values.same(left.value(r), right.value(r));
      case LessThanExpression _ -> r -> Values.order(left.value(r), right.value(r)) < 0;
      case LessThanEqualsExpression _ -> r -> Values.order(left.value(r), right.value(r)) <= 0;
      case GreaterThanExpression _ -> r -> Values.order(left.value(r), right.value(r)) > 0;
      case GreaterThanEqualsExpression _ -> r -> Values.order(left.value(r), right.value(r)) >= 0;
      case AddExpression _ -> r -> Arithmetic.add(left.value(r), right.value(r), r);
      case SubtractExpression _ -> r -> Arithmetic.subtract(left.value(r), right.value(r));
      case MultiplyExpression _ -> r -> Arithmetic.multiply(left.value(r), right.value(r));
      case DivideExpression _ -> r -> Arithmetic.divide(left.value(r), right.value(r));
      case ModulusExpression _ -> r -> Arithmetic.modulo(left.value(r), right.value(r));
      case InOperator in -> r -> Values.contains(right.value(r), left.value(r), r) != in.negated;
      case ConcatenateExpression _ ->
          r -> {
            var a = Values.text(left.value(r), r);
            var b = Values.text(right.value(r), r);
            r.bounded((long) a.length() + b.length());
            return a + b;
          };
      default ->
          throw new IllegalStateException(
              "the grammar has no " + operation.getClass().getSimpleName());
    };
  }

  /** As in Jinja and Python; Pebble leaves a backslash as it is. */
  private static String unescaped(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    var plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c != '\\' || i + 1 == text.length()) {
        plain.append(c);
        continue;
      }
      var escaped = text.charAt(++i);
      switch (escaped) {
        case 'n' -> plain.append('\n');
        case 't' -> plain.append('\t');
        case 'r' -> plain.append('\r');
        case '\\', '"', '\'' -> plain.append(escaped);
        default -> plain.append(c).append(escaped);
      }
    }
    return plain.toString();
  }
}
