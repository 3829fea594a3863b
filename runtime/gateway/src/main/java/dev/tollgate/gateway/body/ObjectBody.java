package dev.tollgate.gateway.body;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.core.problems.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON object that a call of the tenant's API sends. Nothing is guessed: a member that is not
 * known is refused, and so is a value of another type than its member has. A null is taken for an
 * absent member.
 */
public final class ObjectBody {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Of a name that is not known, in a message. */
  private static final int LONGEST_NAME = 64;

  private final ObjectNode body;

  private ObjectBody(ObjectNode body) {
    this.body = body;
  }

  /** A body is not what the call takes: 400, with the place as a JSON Pointer. */
  public static final class Bad extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Problem problem;

    Bad(String detail, String pointer) {
      super(detail);
      problem =
          new Problem(
              400, "bad-request", "Bad Request", detail, Map.of(), Map.of("pointer", pointer));
    }

    public Problem problem() {
      return problem;
    }
  }

  /**
   * Reads a body.
   *
   * @param members that the call knows
   * @throws Bad when it is not a JSON object, or has another member
   */
  public static ObjectBody of(byte @Nullable [] body, String... members) {
    var known = List.of(members);
    if (!(read(body) instanceof ObjectNode object)) {
      throw new Bad("The body must be a JSON object with " + listed(known) + ".", "");
    }
    for (var member : object.properties()) {
      var name = member.getKey();
      if (!known.contains(name)) {
        throw new Bad(
            "There is no member "
                + (name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name)
                + "; there are "
                + listed(known)
                + ".",
            pointer(name));
      }
    }
    return new ObjectBody(object);
  }

  private static @Nullable JsonNode read(byte @Nullable [] body) {
    try {
      return body == null ? null : JSON.readTree(body);
    } catch (MismatchedInputException e) {
      throw new Bad("The body has a member twice, or something follows the JSON object.", "");
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      throw new Bad(
          at == null
              ? "The body is not JSON."
              : "The body is not JSON from line %d, column %d on."
                  .formatted(at.getLineNr(), at.getColumnNr()),
          "");
    } catch (IOException e) {
      throw new Bad("The body is not JSON in UTF-8.", "");
    }
  }

  private static String listed(List<String> names) {
    return names.size() < 2
        ? String.join("", names)
        : String.join(", ", names.subList(0, names.size() - 1)) + " and " + names.getLast();
  }

  private static String pointer(String name) {
    return "/" + name.replace("~", "~0").replace("/", "~1");
  }

  private @Nullable JsonNode value(String member) {
    var value = body.get(member);
    return value == null || value.isNull() ? null : value;
  }

  private static Bad bad(String member, String wanted, JsonNode value) {
    return new Bad(member + " must be " + wanted + ", and is " + kind(value) + ".", "/" + member);
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case BOOLEAN -> "true or false";
      case NULL -> "null";
      case NUMBER -> "a number";
      case STRING -> "a text";
      default -> "an object";
    };
  }

  public @Nullable String text(String member) {
    var value = value(member);
    if (value != null && !value.isTextual()) {
      throw bad(member, "a text", value);
    }
    return value == null ? null : value.textValue();
  }

  public @Nullable List<String> texts(String member) {
    var value = value(member);
    if (value == null) {
      return null;
    }
    if (!value.isArray()) {
      throw bad(member, "a list of texts", value);
    }
    List<String> texts = new ArrayList<>(value.size());
    for (var element : value) {
      if (!element.isTextual()) {
        throw bad(member + "/" + texts.size(), "a text", element);
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  public @Nullable Integer whole(String member) {
    var value = value(member);
    if (value != null && !(value.isIntegralNumber() && value.canConvertToInt())) {
      throw value.isNumber()
          ? new Bad(member + " must be a whole number, and not a larger one.", "/" + member)
          : bad(member, "a whole number", value);
    }
    return value == null ? null : (Integer) value.intValue();
  }

  public @Nullable Double number(String member) {
    var value = value(member);
    if (value != null && !value.isNumber()) {
      throw bad(member, "a number", value);
    }
    return value == null ? null : (Double) value.doubleValue();
  }

  public @Nullable ObjectNode object(String member) {
    var value = value(member);
    if (value != null && !value.isObject()) {
      throw bad(member, "an object", value);
    }
    return (ObjectNode) value;
  }
}
