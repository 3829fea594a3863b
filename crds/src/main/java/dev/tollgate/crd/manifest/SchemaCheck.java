package dev.tollgate.crd.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.crd.value.Names;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks a tree against a structural schema of a definition, as an API server does. */
final class SchemaCheck {
  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  private final BiConsumer<String, String> errors;

  /** Errors go to the consumer as path and message; values are never repeated. */
  SchemaCheck(BiConsumer<String, String> errors) {
    this.errors = errors;
  }

  void check(JsonNode value, JsonNode schema, String path) {
    String type = schema.path("type").asText();
    if (!isOf(value, type)) {
      errors.accept(
          path,
          "this must be " + article(type) + ", not " + article(kind(value)) + hint(type, value));
      return;
    }
    switch (type) {
      case "object" -> object(value, schema, path);
      case "array" -> array(value, schema, path);
      case "string" -> string(value.asText(), schema, path);
      case "integer", "number" -> number(value, schema, path);
      default -> {}
    }
  }

  private void object(JsonNode value, JsonNode schema, String path) {
    JsonNode properties = schema.path("properties");
    JsonNode others = schema.path("additionalProperties");
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      String at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
      JsonNode known = properties.get(field.getKey());
      if (known == null && others.isObject()) {
        known = others;
      }
      if (known == null && schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
        continue;
      }
      if (known == null) {
        unknown(at, field.getKey(), names(properties));
      } else if (!field.getValue().isNull()) {
        check(field.getValue(), known, at);
      }
    }
    for (JsonNode required : schema.path("required")) {
      String name = required.asText();
      if (!value.hasNonNull(name)) {
        errors.accept(
            path.isEmpty() ? name : path + "." + name,
            "the field is missing; set it" + about(properties.path(name)));
      }
    }
    if (value.size() > schema.path("maxProperties").asInt(Integer.MAX_VALUE)) {
      errors.accept(path, "at most " + schema.get("maxProperties") + " entries are allowed");
    }
  }

  private void array(JsonNode value, JsonNode schema, String path) {
    if (value.size() > schema.path("maxItems").asInt(Integer.MAX_VALUE)) {
      errors.accept(path, "at most " + schema.get("maxItems") + " items are allowed");
    }
    if (value.size() < schema.path("minItems").asInt(0)) {
      errors.accept(path, "at least " + schema.get("minItems") + " item is needed");
    }
    for (int i = 0; i < value.size(); i++) {
      check(value.get(i), schema.get("items"), path + "[" + i + "]");
    }
  }

  private void string(String text, JsonNode schema, String path) {
    if (schema.has("enum")) {
      List<String> values = new ArrayList<>();
      schema.get("enum").forEach(v -> values.add(v.asText()));
      if (!values.contains(text)) {
        String near = nearest(text, values);
        errors.accept(
            path,
            "this must be one of "
                + String.join(", ", values)
                + (near == null ? "" : "; did you mean " + near + "?"));
      }
      return;
    }
    if (text.codePointCount(0, text.length()) > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
      errors.accept(path, "at most " + schema.get("maxLength") + " characters are allowed");
      return;
    }
    String pattern = schema.path("pattern").asText();
    if (!pattern.isEmpty()
        && !PATTERNS.computeIfAbsent(pattern, Pattern::compile).matcher(text).find()) {
      errors.accept(path, mismatch(pattern, schema));
    }
  }

  private static String mismatch(String pattern, JsonNode schema) {
    if (pattern.contains("h|m|s|ms")) {
      return "this is not a duration; write it like 300ms, 90s or 1m30s";
    }
    if (pattern.equals("^[A-Z]{3}$")) {
      return "this is not a currency; write three capital letters, such as USD";
    }
    if (pattern.startsWith("^[0-9]{1,") && pattern.endsWith("}(\\.[0-9]{1,8})?$")) {
      return "this is not an amount; write digits, and 8 more behind a point at most, such as 9.00"
          + about(schema);
    }
    if (pattern.startsWith("^[a-z][a-z0-9-]{0,")) {
      return "this is not a name here; write a lower-case letter, then at most "
          + pattern.replaceAll(".*,|}\\$", "")
          + " such letters, digits and -"
          + about(schema);
    }
    return "this must match " + pattern + about(schema);
  }

  private void number(JsonNode value, JsonNode schema, String path) {
    if (schema.has("minimum")
        && value.decimalValue().compareTo(schema.get("minimum").decimalValue()) < 0) {
      errors.accept(path, "this must be at least " + schema.get("minimum").asLong());
    }
    if (schema.has("maximum")
        && value.decimalValue().compareTo(schema.get("maximum").decimalValue()) > 0) {
      errors.accept(path, "this must be at most " + schema.get("maximum").asLong());
    }
    boolean fits =
        schema.path("format").asText().equals("int32")
            ? value.canConvertToInt()
            : value.canConvertToLong();
    if (!fits) {
      errors.accept(path, "this number is too large");
    }
  }

  void unknown(String path, String name, Iterable<String> known) {
    String near = nearest(name, known);
    errors.accept(
        path,
        "there is no field "
            + Names.printable(name)
            + (near != null
                ? "; did you mean " + near + "?"
                : "; known: " + String.join(", ", new TreeSet<>(list(known)))));
  }

  private static List<String> list(Iterable<String> names) {
    List<String> list = new ArrayList<>();
    names.forEach(list::add);
    return list;
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    for (Iterator<String> all = object.fieldNames(); all.hasNext(); ) {
      names.add(all.next());
    }
    return names;
  }

  private static boolean isOf(JsonNode value, String type) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      default -> true;
    };
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "object";
      case ARRAY -> "array";
      case STRING -> "string";
      case NUMBER -> value.isIntegralNumber() ? "integer" : "fraction";
      case BOOLEAN -> "boolean";
      default -> "null";
    };
  }

  private static String article(String type) {
    return switch (type) {
      case "object" -> "a set of fields";
      case "array" -> "a list";
      case "string" -> "a text";
      case "integer" -> "a whole number";
      case "number" -> "a number";
      case "fraction" -> "one with a fraction";
      case "boolean" -> "true or false";
      default -> "nothing";
    };
  }

  /** What to do about a value of another type. */
  private static String hint(String wanted, JsonNode value) {
    return switch (wanted) {
      case "string" -> {
        if (value.isBoolean()) {
          yield "; put it in quotes, without which yes, no, on, off, y and n mean true and false";
        }
        yield value.isNumber() ? "; put it in quotes" : "";
      }
      case "integer", "number" ->
          value.isTextual() ? "; write it in digits alone, without quotes, unit or separators" : "";
      case "boolean" -> value.isTextual() ? "; write true or false, without quotes" : "";
      case "array" -> value.isNull() ? "" : "; put it in [ ]";
      case "object" ->
          value.isArray()
              ? "; remove the - before its fields, or the [ ] around it"
              : "; write its fields in lines of their own below it, indented";
      default -> "";
    };
  }

  /** What a field is for, in brackets; nothing where its schema does not say. */
  private static String about(JsonNode schema) {
    String description = schema.path("description").asText();
    return description.isEmpty() ? "" : " (" + trim(description) + ")";
  }

  private static String trim(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  /** The known name within a third of its length by edits, if any. */
  static @Nullable String nearest(String name, Iterable<String> known) {
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      if (Math.abs(candidate.length() - name.length()) > 4 || name.length() > 60) {
        continue;
      }
      int edits = edits(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (edits < least && edits <= Math.max(1, candidate.length() / 3)) {
        least = edits;
        best = candidate;
      }
    }
    return best;
  }

  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int cost = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(cost, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
