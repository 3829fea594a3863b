package dev.tollgate.ai.prompt.template;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What values of templates are: their text, their truth, their order. */
final class Values {

  private Values() {}

  /** The text of a value: nothing for null, JSON for lists and maps. */
  static String text(@Nullable Object value, Rendering rendering) {
    return switch (value) {
      case null -> "";
      case String text -> text;
      case BigDecimal number -> number.toPlainString();
      case List<?> list -> JsonText.of(list, 0, rendering);
      case Map<?, ?> map -> JsonText.of(map, 0, rendering);
      default -> value.toString();
    };
  }

  /** As in Jinja: null, false, zero and what is empty are not true. */
  static boolean truth(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Boolean truth -> truth;
      case String text -> !text.isEmpty();
      case Long number -> number != 0;
      case Double number -> number != 0;
      case BigDecimal number -> number.signum() != 0;
      case Collection<?> collection -> !collection.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  static boolean same(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Number x && b instanceof Number y) {
      return compare(x, y) == 0;
    }
    return a == null ? b == null : a.equals(b);
  }

  /** The order of two numbers or two texts. */
  static int order(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Number x && b instanceof Number y) {
      return compare(x, y);
    }
    if (a instanceof String x && b instanceof String y) {
      return x.compareTo(y);
    }
    throw new RenderException("%s and %s have no order".formatted(kind(a), kind(b)));
  }

  private static int compare(Number a, Number b) {
    if (a instanceof Long x && b instanceof Long y) {
      return Long.compare(x, y);
    }
    if (a instanceof BigDecimal || b instanceof BigDecimal) {
      return decimal(a).compareTo(decimal(b));
    }
    return Double.compare(a.doubleValue(), b.doubleValue());
  }

  static BigDecimal decimal(Number number) {
    return number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
  }

  static Number number(@Nullable Object value, String what) {
    if (value instanceof Number number) {
      return number;
    }
    throw new RenderException(what + " needs a number, not " + kind(value));
  }

  static boolean contains(@Nullable Object container, @Nullable Object value, Rendering rendering) {
    return switch (container) {
      case null -> false;
      case String text -> {
        var wanted = text(value, rendering);
        rendering.search(text, wanted);
        yield text.contains(wanted);
      }
      case Map<?, ?> map -> value instanceof String key && map.containsKey(key);
      case List<?> list -> {
        rendering.steps(list.size());
        yield list.stream().anyMatch(element -> same(element, value));
      }
      default -> throw new RenderException("nothing can be in " + kind(container));
    };
  }

  /** An element of a list, or what a map has under a key; null when there is none. */
  static @Nullable Object attribute(@Nullable Object of, @Nullable Object key) {
    if (of instanceof Map<?, ?> map && key instanceof String name) {
      return map.get(name);
    }
    if (of instanceof List<?> list && key instanceof Long index) {
      var at = index < 0 ? index + list.size() : index;
      return at >= 0 && at < list.size() ? list.get((int) at) : null;
    }
    return null;
  }

  /** What a person would call the kind of value. */
  static String kind(@Nullable Object value) {
    return switch (value) {
      case null -> "nothing";
      case String _ -> "a text";
      case Boolean _ -> "a truth value";
      case Number _ -> "a number";
      case List<?> _ -> "a list";
      default -> "a map";
    };
  }
}
