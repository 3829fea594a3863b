package dev.tollgate.ai.prompt.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The filters there are, with Jinja's names and meanings. */
final class Filters {

  private static final int MAX_INDENT = 16;
  private static final int MAX_DIGITS = 1000;

  static final Map<String, Filter> ALL = all();

  private Filters() {}

  private static Map<String, Filter> all() {
    Map<String, Filter> filters = new HashMap<>();
    text(filters, "upper", s -> s.toUpperCase(Locale.ROOT));
    text(filters, "lower", s -> s.toLowerCase(Locale.ROOT));
    text(filters, "trim", String::strip);
    text(filters, "capitalize", Filters::capitalize);
    text(filters, "title", Filters::title);
    filters.put("string", new Filter(0, 0, (in, _, r) -> Values.text(in, r)));
    filters.put("length", new Filter(0, 0, (in, _, _) -> length(in)));
    filters.put("count", new Filter(0, 0, (in, _, _) -> length(in)));
    filters.put("default", new Filter(0, 2, Filters::orElse));
    filters.put("d", new Filter(0, 2, Filters::orElse));
    filters.put("replace", new Filter(2, 2, Filters::replace));
    filters.put("truncate", new Filter(0, 2, Filters::truncate));
    filters.put("indent", new Filter(0, 2, Filters::indent));
    filters.put("tojson", new Filter(0, 1, Filters::toJson));
    filters.put("join", new Filter(0, 1, Filters::join));
    list(filters, "first", list -> list.isEmpty() ? null : list.getFirst());
    list(filters, "last", list -> list.isEmpty() ? null : list.getLast());
    list(filters, "reverse", List::reversed);
    list(filters, "unique", list -> List.copyOf(new LinkedHashSet<>(list)));
    list(filters, "sort", Filters::sorted);
    filters.put("abs", new Filter(0, 0, (in, _, _) -> abs(in)));
    filters.put("round", new Filter(0, 1, Filters::round));
    filters.put("int", new Filter(0, 0, (in, _, r) -> whole(in, r)));
    return Map.copyOf(filters);
  }

  private static void text(Map<String, Filter> to, String name, UnaryOperator<String> body) {
    to.put(
        name,
        new Filter(
            0,
            0,
            (in, _, r) -> {
              var text = Values.text(in, r);
              r.bounded(text.length());
              return body.apply(text);
            }));
  }

  private static void list(
      Map<String, Filter> to, String name, Function<List<?>, @Nullable Object> body) {
    to.put(
        name,
        new Filter(
            0,
            0,
            (in, _, r) -> {
              var list = list(in, name);
              r.steps(list.size());
              return body.apply(list);
            }));
  }

  /** A list; the keys of a map; nothing for null. */
  static List<?> list(@Nullable Object value, String what) {
    return switch (value) {
      case null -> List.of();
      case List<?> list -> list;
      case Map<?, ?> map -> List.copyOf(map.keySet());
      default -> throw new RenderException(what + " needs a list, not " + Values.kind(value));
    };
  }

  private static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    var first = text.offsetByCodePoints(0, 1);
    return text.substring(0, first).toUpperCase(Locale.ROOT)
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    var titled = new StringBuilder(text.length());
    var begins = true;
    for (int i = 0; i < text.length(); ) {
      var c = text.codePointAt(i);
      titled.appendCodePoint(begins ? Character.toTitleCase(c) : Character.toLowerCase(c));
      begins = !Character.isLetterOrDigit(c) && c != '\'';
      i += Character.charCount(c);
    }
    return titled.toString();
  }

  private static Object length(@Nullable Object value) {
    return switch (value) {
      case null -> 0L;
      case String text -> (long) text.codePointCount(0, text.length());
      case Collection<?> collection -> (long) collection.size();
      case Map<?, ?> map -> (long) map.size();
      default -> throw new RenderException(Values.kind(value) + " has no length");
    };
  }

  /**
   * The first argument for what is missing, and with a true second one for all that is not true.
   */
  private static @Nullable Object orElse(
      @Nullable Object in, @Nullable Object[] arguments, Rendering rendering) {
    var also = arguments.length > 1 && Values.truth(arguments[1]);
    var missing = also ? !Values.truth(in) : in == null;
    return !missing ? in : arguments.length == 0 ? "" : arguments[0];
  }

  private static String replace(
      @Nullable Object in, @Nullable Object[] arguments, Rendering rendering) {
    var text = Values.text(in, rendering);
    var old = Values.text(arguments[0], rendering);
    var with = Values.text(arguments[1], rendering);
    if (old.isEmpty()) {
      return text;
    }
    rendering.search(text, old);
    var count = 0L;
    for (int at = text.indexOf(old); at >= 0; at = text.indexOf(old, at + old.length())) {
      count++;
    }
    rendering.bounded(text.length() + count * (with.length() - old.length()));
    return text.replace(old, with);
  }

  /**
   * So many characters at most, 255 unless told, with the second argument at the end of what is
   * cut.
   */
  private static String truncate(
      @Nullable Object in, @Nullable Object[] arguments, Rendering rendering) {
    var text = Values.text(in, rendering);
    var most = arguments.length > 0 ? count(arguments[0], "truncate", Integer.MAX_VALUE) : 255;
    var end = arguments.length > 1 ? Values.text(arguments[1], rendering) : "...";
    if (text.codePointCount(0, text.length()) <= most) {
      return text;
    }
    var kept = Math.max(0, most - end.codePointCount(0, end.length()));
    return text.substring(0, text.offsetByCodePoints(0, kept)) + end;
  }

  /** Spaces before each line but the first, and before that too with a true second argument. */
  private static String indent(
      @Nullable Object in, @Nullable Object[] arguments, Rendering rendering) {
    var text = Values.text(in, rendering);
    var spaces = " ".repeat(arguments.length > 0 ? count(arguments[0], "indent", MAX_INDENT) : 4);
    var lines = text.chars().filter(c -> c == '\n').count();
    rendering.bounded(text.length() + (lines + 1) * spaces.length());
    var indented = text.replace("\n", "\n" + spaces);
    return arguments.length > 1 && Values.truth(arguments[1]) ? spaces + indented : indented;
  }

  private static String toJson(
      @Nullable Object in, @Nullable Object[] arguments, Rendering rendering) {
    var indent = arguments.length > 0 ? count(arguments[0], "tojson", MAX_INDENT) : 0;
    return JsonText.of(in, indent, rendering);
  }

  private static String join(
      @Nullable Object in, @Nullable Object[] arguments, Rendering rendering) {
    var between = arguments.length > 0 ? Values.text(arguments[0], rendering) : "";
    var list = list(in, "join");
    rendering.steps(list.size());
    var joined = new StringBuilder();
    for (int i = 0; i < list.size(); i++) {
      var part = Values.text(list.get(i), rendering);
      rendering.bounded((long) joined.length() + between.length() + part.length());
      joined.append(i == 0 ? "" : between).append(part);
    }
    return joined.toString();
  }

  private static List<?> sorted(List<?> list) {
    List<@Nullable Object> sorted = new ArrayList<>(list);
    sorted.sort(Values::order);
    return Collections.unmodifiableList(sorted);
  }

  private static Object abs(@Nullable Object in) {
    var number = Values.number(in, "abs");
    return Values.order(number, 0L) < 0 ? Arithmetic.negate(number) : number;
  }

  /** To so many digits after the point, half away from zero. */
  private static Object round(
      @Nullable Object in, @Nullable Object[] arguments, Rendering rendering) {
    var number = Values.number(in, "round");
    var digits = arguments.length > 0 ? count(arguments[0], "round", MAX_INDENT) : 0;
    if (number instanceof Long || (number instanceof Double d && !Double.isFinite(d))) {
      return number;
    }
    return Values.decimal(number).setScale(digits, RoundingMode.HALF_UP).doubleValue();
  }

  /**
   * A whole number, rounded towards zero; 0 for a text that is no number, or longer than those of
   * JSON may be here.
   */
  private static Object whole(@Nullable Object in, Rendering rendering) {
    if (in instanceof String text && text.length() > MAX_DIGITS) {
      return 0L;
    }
    try {
      return switch (in) {
        case null -> 0L;
        case Long number -> number;
        case Number number -> Values.decimal(number).longValue();
        default -> new BigDecimal(Values.text(in, rendering).strip()).longValue();
      };
    } catch (NumberFormatException e) {
      return 0L;
    }
  }

  private static int count(@Nullable Object value, String what, int most) {
    if (value instanceof Long number && number >= 0 && number <= most) {
      return (int) (long) number;
    }
    throw new RenderException(what + " needs a whole number from 0 to " + most);
  }
}
