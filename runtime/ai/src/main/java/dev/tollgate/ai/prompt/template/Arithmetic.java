package dev.tollgate.ai.prompt.template;

import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/** Numbers of templates: whole ones are exact and never wrap around; others are doubles. */
final class Arithmetic {

  private Arithmetic() {}

  static Object add(@Nullable Object a, @Nullable Object b, Rendering rendering) {
    if (a instanceof String x && b instanceof String y) {
      rendering.bounded((long) x.length() + y.length());
      return x + y;
    }
    return of("+", a, b, Math::addExact, Double::sum);
  }

  static Object subtract(@Nullable Object a, @Nullable Object b) {
    return of("-", a, b, Math::subtractExact, (x, y) -> x - y);
  }

  static Object multiply(@Nullable Object a, @Nullable Object b) {
    return of("*", a, b, Math::multiplyExact, (x, y) -> x * y);
  }

  /** As in Jinja, never a whole number. */
  static Object divide(@Nullable Object a, @Nullable Object b) {
    var divisor = Values.number(b, "/").doubleValue();
    if (divisor == 0) {
      throw new RenderException("a number is divided by zero");
    }
    return Values.number(a, "/").doubleValue() / divisor;
  }

  /** As in Jinja, with the sign of the divisor. */
  static Object modulo(@Nullable Object a, @Nullable Object b) {
    if (Values.number(b, "%").doubleValue() == 0) {
      throw new RenderException("a number is divided by zero");
    }
    return of("%", a, b, Math::floorMod, (x, y) -> x - Math.floor(x / y) * y);
  }

  static Object negate(@Nullable Object a) {
    return subtract(0L, a);
  }

  private static Object of(
      String operator,
      @Nullable Object a,
      @Nullable Object b,
      LongBinaryOperator whole,
      DoubleBinaryOperator real) {
    var x = Values.number(a, operator);
    var y = Values.number(b, operator);
    if (x instanceof Long i && y instanceof Long j) {
      try {
        return whole.applyAsLong(i, j);
      } catch (ArithmeticException e) {
        throw new RenderException("the result of " + operator + " is too large");
      }
    }
    return real.applyAsDouble(x.doubleValue(), y.doubleValue());
  }
}
