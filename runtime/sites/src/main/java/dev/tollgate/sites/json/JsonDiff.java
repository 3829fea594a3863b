package dev.tollgate.sites.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The changes that make one document another, as a JSON Patch (RFC 6902) of {@code add}, {@code
 * remove} and {@code replace}.
 *
 * <p>Numbers are the same when they are numerically equal (section 4.6), the order of members does
 * not matter. Elements of arrays that stayed are found by their longest common subsequence, in
 * arrays where that would take more than {@link #CELLS} comparisons by their place. Equal values
 * get the same number beforehand, so comparing two of them takes the same time whatever their size.
 */
final class JsonDiff {
  /** The largest table of common subsequences: 4 MB. */
  private static final long CELLS = 1_000_000;

  private final Map<Object, Integer> numbers = new HashMap<>();
  private final IdentityHashMap<JsonNode, Integer> numberOf = new IdentityHashMap<>();
  private final ArrayNode patch = JsonNodeFactory.instance.arrayNode();
  private final long maxChars;
  private long pathChars;

  private JsonDiff(long maxChars) {
    this.maxChars = maxChars;
  }

  /**
   * The patch from one document to another. Both are only read.
   *
   * @param maxChars if the paths of the single changes together are longer than this, the patch
   *     replaces the whole document instead
   */
  static ArrayNode patch(JsonNode from, JsonNode to, long maxChars) {
    var diff = new JsonDiff(maxChars);
    diff.number(from);
    diff.number(to);
    try {
      diff.compare(from, to, "");
    } catch (PathsTooLongException e) {
      diff.patch.removeAll();
      diff.patch.addObject().put("op", "replace").put("path", "").set("value", to);
    }
    return diff.patch;
  }

  /** Gives a value, and all in it, numbers that are equal for equal values. */
  private int number(JsonNode node) {
    Integer known = numberOf.get(node);
    if (known != null) {
      return known;
    }
    int number = numbers.computeIfAbsent(identity(node), identity -> numbers.size());
    numberOf.put(node, number);
    return number;
  }

  private Object identity(JsonNode node) {
    if (node.isArray()) {
      var elements = new ArrayList<Integer>(node.size());
      node.forEach(element -> elements.add(number(element)));
      return elements;
    }
    if (node.isObject()) {
      var members = HashMap.<String, Integer>newHashMap(node.size());
      node.forEachEntry((name, value) -> members.put(name, number(value)));
      return members;
    }
    return node.isNumber() ? node.decimalValue().stripTrailingZeros() : node;
  }

  private boolean same(JsonNode a, JsonNode b) {
    return number(a) == number(b);
  }

  private void compare(JsonNode from, JsonNode to, String path) {
    if (same(from, to)) {
      return;
    }
    if (from.isObject() && to.isObject()) {
      compareMembers(from, to, path);
    } else if (from.isArray() && to.isArray()) {
      compareElements(from, to, path);
    } else {
      operation("replace", path).set("value", to);
    }
  }

  private void compareMembers(JsonNode from, JsonNode to, String path) {
    from.forEachEntry((name, value) -> {
      JsonNode changed = to.get(name);
      if (changed == null) {
        operation("remove", path + step(name));
      } else if (!same(value, changed)) {
        compare(value, changed, path + step(name));
      }
    });
    to.forEachEntry((name, value) -> {
      if (!from.has(name)) {
        operation("add", path + step(name)).set("value", value);
      }
    });
  }

  private void compareElements(JsonNode from, JsonNode to, String path) {
    int start = 0;
    int fromEnd = from.size();
    int toEnd = to.size();
    while (start < Math.min(fromEnd, toEnd) && same(from.get(start), to.get(start))) {
      start++;
    }
    while (Math.min(fromEnd, toEnd) > start && same(from.get(fromEnd - 1), to.get(toEnd - 1))) {
      fromEnd--;
      toEnd--;
    }
    int fromAt = start;
    int toAt = start;
    for (int[] stayed : common(from, start, fromEnd, to, toEnd)) {
      changeRun(from, fromAt, stayed[0], to, toAt, stayed[1], path);
      fromAt = stayed[0] + 1;
      toAt = stayed[1] + 1;
    }
    changeRun(from, fromAt, fromEnd, to, toAt, toEnd, path);
  }

  /**
   * Makes a run of elements another one. What comes before it is already as in {@code to}, so that
   * an index in {@code to} is one in the patched document.
   */
  private void changeRun(
      JsonNode from, int fromAt, int fromEnd, JsonNode to, int toAt, int toEnd, String path) {
    int pairs = Math.min(fromEnd - fromAt, toEnd - toAt);
    for (int i = 0; i < pairs; i++) {
      if (!same(from.get(fromAt + i), to.get(toAt + i))) {
        compare(from.get(fromAt + i), to.get(toAt + i), path + "/" + (toAt + i));
      }
    }
    for (int i = fromAt + pairs; i < fromEnd; i++) {
      operation("remove", path + "/" + (toAt + pairs));
    }
    for (int i = toAt + pairs; i < toEnd; i++) {
      operation("add", path + "/" + i).set("value", to.get(i));
    }
  }

  /** Pairs of indexes of the elements that both have, in order; empty for very long runs. */
  private List<int[]> common(JsonNode from, int start, int fromEnd, JsonNode to, int toEnd) {
    int rows = fromEnd - start;
    int columns = toEnd - start;
    if (rows == 0 || columns == 0 || (rows + 1L) * (columns + 1L) > CELLS) {
      return List.of();
    }
    int[][] longest = new int[rows + 1][columns + 1];
    for (int r = rows - 1; r >= 0; r--) {
      int number = number(from.get(start + r));
      for (int c = columns - 1; c >= 0; c--) {
        longest[r][c] =
            number == number(to.get(start + c))
                ? longest[r + 1][c + 1] + 1
                : Math.max(longest[r + 1][c], longest[r][c + 1]);
      }
    }
    var pairs = new ArrayList<int[]>(longest[0][0]);
    int r = 0;
    int c = 0;
    while (r < rows && c < columns) {
      if (same(from.get(start + r), to.get(start + c))) {
        pairs.add(new int[] {start + r++, start + c++});
      } else if (longest[r + 1][c] >= longest[r][c + 1]) {
        r++;
      } else {
        c++;
      }
    }
    return pairs;
  }

  private ObjectNode operation(String name, String path) {
    pathChars += path.length();
    if (pathChars > maxChars) {
      throw new PathsTooLongException();
    }
    return patch.addObject().put("op", name).put("path", path);
  }

  private static String step(String name) {
    return "/" + name.replace("~", "~0").replace("/", "~1");
  }

  /** Ends a comparison whose patch would be longer than the documents are. */
  private static final class PathsTooLongException extends RuntimeException {
    PathsTooLongException() {
      super("the paths of a patch are too long", null, false, false);
    }
  }
}
