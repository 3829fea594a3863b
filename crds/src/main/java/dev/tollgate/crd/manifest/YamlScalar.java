package dev.tollgate.crd.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * What a scalar means, as kubectl reads it: by YAML 1.1 as far as Go's yaml.v2 knows it, on the way
 * to JSON. So {@code yes} and {@code off} are booleans, {@code 010} is 8, {@code 1e3} is the whole
 * number 1000, and a date is a text.
 *
 * @see <a href="https://github.com/yaml/go-yaml/blob/v2.4.3/resolve.go">resolve.go of yaml.v2</a>
 */
final class YamlScalar {
  /** Of a scalar without quotes and without a tag of its own. */
  private static final Tag PLAIN = new Tag("tollgate:plain");

  private static final Map<Tag, JsonNodeType> TYPES =
      Map.of(
          Tag.NULL, JsonNodeType.NULL,
          Tag.BOOL, JsonNodeType.BOOLEAN,
          Tag.INT, JsonNodeType.NUMBER,
          Tag.FLOAT, JsonNodeType.NUMBER);
  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
  private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
  private static final Pattern NOT_IN_JSON =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  private static final Pattern INTEGER =
      Pattern.compile(
          "(?<sign>[-+]?)(0[xX](?<hex>[0-9a-fA-F]+)|0[bB](?<binary>[01]+)|0[oO]?(?<octal>[0-7]+)"
              + "|(?<decimal>0|[1-9][0-9]*))");
  private static final Map<String, Integer> BASES =
      Map.of("hex", 16, "binary", 2, "octal", 8, "decimal", 10);
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

  /** From here on Go writes a number with an exponent, and it is a whole number no more. */
  private static final BigDecimal EXPONENT = new BigDecimal("1e21");

  private YamlScalar() {}

  /** Says of scalars only whether they stand without quotes; the rest is said here. */
  static final class Schema extends FailsafeSchema {
    @Override
    public ScalarResolver getScalarResolver() {
      return (text, plain) -> plain ? PLAIN : Tag.STR;
    }
  }

  /** Whether a key brings in the fields of another object. */
  static boolean isMerge(ScalarNode key) {
    return key.getValue().equals("<<") && key.getTag().equals(PLAIN);
  }

  /**
   * The name that a key gives to its field.
   *
   * @throws IllegalArgumentException with a sentence, when JSON has no such key or kubectl would
   *     make another one of it
   */
  static String key(ScalarNode key) {
    String text = key.getValue();
    JsonNode meaning = value(key);
    if (meaning.isTextual()) {
      return meaning.textValue();
    }
    if (meaning.isBoolean() && !text.equals(meaning.asText())) {
      throw new IllegalArgumentException(
          "without quotes, " + text + " means " + meaning.asText() + " in YAML; put it in quotes");
    }
    if (meaning.isBoolean() || (meaning.isLong() && text.equals(meaning.asText()))) {
      return text;
    }
    throw new IllegalArgumentException(
        "without quotes, this key is a number or nothing; put it in quotes");
  }

  /**
   * What a scalar means.
   *
   * @throws IllegalArgumentException with a sentence, when JSON has no such value
   */
  static JsonNode value(ScalarNode scalar) {
    String text = scalar.getValue();
    Tag tag = scalar.getTag();
    if (tag.equals(PLAIN)) {
      return plain(text);
    }
    if (tag.equals(Tag.BINARY)) {
      throw new IllegalArgumentException(
          "what !!binary marks is decoded before it arrives; remove the tag");
    }
    JsonNodeType wanted = TYPES.get(tag);
    if (wanted == null) {
      return TextNode.valueOf(text);
    }
    JsonNode value = plain(text);
    if (value.getNodeType() != wanted || (tag.equals(Tag.INT) && !value.isIntegralNumber())) {
      throw new IllegalArgumentException(
          "the value is not what its tag (!!) says; remove the tag, or correct the value");
    }
    return value;
  }

  private static JsonNode plain(String text) {
    if (NULL.contains(text)) {
      return NullNode.instance;
    }
    if (TRUE.contains(text) || FALSE.contains(text)) {
      return BooleanNode.valueOf(TRUE.contains(text));
    }
    if (text.isEmpty() || "+-.0123456789".indexOf(text.charAt(0)) < 0) {
      return TextNode.valueOf(text);
    }
    if (NOT_IN_JSON.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "no field takes a number without bounds; write one, or put a text in quotes");
    }
    JsonNode number = number(text.replace("_", ""));
    return number == null ? TextNode.valueOf(text) : number;
  }

  private static @Nullable JsonNode number(String text) {
    Matcher integer = INTEGER.matcher(text);
    if (integer.matches()) {
      BigInteger value = integer(integer);
      if (value.bitLength() < 64) {
        return LongNode.valueOf(value.longValue());
      }
      if (value.bitLength() == 64 && integer.group("sign").isEmpty()) {
        return BigIntegerNode.valueOf(value);
      }
    }
    if (!FLOAT.matcher(text).matches()) {
      return null;
    }
    double value = Double.parseDouble(text);
    return Double.isInfinite(value) ? null : json(BigDecimal.valueOf(value));
  }

  private static BigInteger integer(Matcher integer) {
    for (Map.Entry<String, Integer> base : BASES.entrySet()) {
      String digits = integer.group(base.getKey());
      if (digits != null) {
        BigInteger value = new BigInteger(digits, base.getValue());
        return "-".equals(integer.group("sign")) ? value.negate() : value;
      }
    }
    throw new IllegalStateException("a number has digits");
  }

  /** A number that Go writes without a point is a whole one. */
  private static JsonNode json(BigDecimal value) {
    boolean whole = value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
    if (!whole || value.abs().compareTo(EXPONENT) >= 0) {
      return DecimalNode.valueOf(value);
    }
    BigInteger integer = value.toBigIntegerExact();
    return integer.bitLength() < 64
        ? LongNode.valueOf(integer.longValue())
        : BigIntegerNode.valueOf(integer);
  }
}
