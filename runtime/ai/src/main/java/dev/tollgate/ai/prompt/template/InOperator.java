package dev.tollgate.ai.prompt.template;

import io.pebbletemplates.pebble.node.expression.BinaryExpression;
import io.pebbletemplates.pebble.template.EvaluationContextImpl;
import io.pebbletemplates.pebble.template.PebbleTemplateImpl;

/** {@code a in b} and {@code a not in b} in Pebble's tree. */
final class InOperator extends BinaryExpression<Object> {

  final boolean negated;

  InOperator(boolean negated) {
    this.negated = negated;
  }

  @Override
  public Object evaluate(PebbleTemplateImpl self, EvaluationContextImpl context) {
    throw new UnsupportedOperationException("trees are compiled, not evaluated");
  }
}
