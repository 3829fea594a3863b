package dev.tollgate.ai.prompt.template;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The tests that stand after {@code is}. */
final class Test {

  static final Map<String, Predicate<@Nullable Object>> ALL =
      Map.ofEntries(
          Map.entry("defined", v -> v != null),
          Map.entry("undefined", v -> v == null),
          Map.entry("none", v -> v == null),
          Map.entry("null", v -> v == null),
          Map.entry("empty", Test::empty),
          Map.entry("string", v -> v instanceof String),
          Map.entry("number", v -> v instanceof Number),
          Map.entry("boolean", v -> v instanceof Boolean),
          Map.entry("sequence", v -> v instanceof List),
          Map.entry("iterable", v -> v instanceof List || v instanceof Map),
          Map.entry("mapping", v -> v instanceof Map),
          Map.entry("odd", v -> (Long) Arithmetic.modulo(whole(v), 2L) == 1),
          Map.entry("even", v -> (Long) Arithmetic.modulo(whole(v), 2L) == 0));

  private Test() {}

  private static boolean empty(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case String text -> text.isEmpty();
      case Collection<?> collection -> collection.isEmpty();
      case Map<?, ?> map -> map.isEmpty();
      default -> false;
    };
  }

  private static Long whole(@Nullable Object value) {
    if (value instanceof Long number) {
      return number;
    }
    throw new RenderException("odd and even are for whole numbers, not " + Values.kind(value));
  }
}
