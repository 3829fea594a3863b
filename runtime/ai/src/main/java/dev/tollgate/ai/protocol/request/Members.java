package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An object of a request, which knows its place and which of its members have been read, so that
 * the others can be refused. A null is taken for an absent member, as all these protocols do.
 */
final class Members {

  private final ObjectNode node;
  private final String path;
  private final Set<String> read = new HashSet<>();

  Members(ObjectNode node, String path) {
    this.node = node;
    this.path = path;
  }

  /** The object in a value, which must be one. */
  static Members of(JsonNode value, String path) throws BadModelRequest {
    if (value instanceof ObjectNode object) {
      return new Members(object, path);
    }
    throw new BadModelRequest(path + " must be an object.", path);
  }

  String path() {
    return path;
  }

  /** The place of a member. */
  String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  @Nullable JsonNode value(String name) {
    read.add(name);
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  JsonNode required(String name) throws BadModelRequest {
    JsonNode value = value(name);
    if (value == null) {
      throw new BadModelRequest(path(name) + " is required.", path(name));
    }
    return value;
  }

  @Nullable String text(String name) throws BadModelRequest {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isTextual()) {
      throw new BadModelRequest(path(name) + " must be a string.", path(name));
    }
    return value.textValue();
  }

  String requiredText(String name) throws BadModelRequest {
    String text = text(name);
    if (text == null) {
      throw new BadModelRequest(path(name) + " is required.", path(name));
    }
    return text;
  }

  @Nullable JsonNode number(String name) throws BadModelRequest {
    JsonNode value = value(name);
    if (value != null && !value.isNumber()) {
      throw new BadModelRequest(path(name) + " must be a number.", path(name));
    }
    return value;
  }

  @Nullable Boolean flag(String name) throws BadModelRequest {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isBoolean()) {
      throw new BadModelRequest(path(name) + " must be true or false.", path(name));
    }
    return value.booleanValue();
  }

  @Nullable Members object(String name) throws BadModelRequest {
    JsonNode value = value(name);
    return value == null ? null : of(value, path(name));
  }

  /** The elements of an array; none when it is absent. */
  List<JsonNode> elements(String name) throws BadModelRequest {
    JsonNode value = value(name);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof ArrayNode array)) {
      throw new BadModelRequest(path(name) + " must be an array.", path(name));
    }
    var elements = new ArrayList<JsonNode>(array.size());
    array.forEach(elements::add);
    return elements;
  }

  /** One string or several. */
  List<String> texts(String name) throws BadModelRequest {
    JsonNode value = value(name);
    if (value == null) {
      return List.of();
    }
    if (value.isTextual()) {
      return List.of(value.textValue());
    }
    var texts = new ArrayList<String>();
    for (JsonNode element : elements(name)) {
      if (!element.isTextual()) {
        throw new BadModelRequest(path(name) + " must be a string or strings.", path(name));
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  /** Members that the protocol lets a server ignore. */
  Members ignore(String... names) {
    read.addAll(List.of(names));
    return this;
  }

  /** Refuses a member that says something. */
  void refuse(String name, String why) throws BadModelRequest {
    JsonNode value = value(name);
    boolean empty = value == null || (value.isContainerNode() && value.isEmpty());
    if (!empty) {
      throw new BadModelRequest(path(name) + " " + why + ".", path(name));
    }
  }

  /** Refuses a number that is not 0. */
  void refuseUnlessZero(String name, String why) throws BadModelRequest {
    JsonNode value = number(name);
    if (value != null && value.doubleValue() != 0) {
      throw new BadModelRequest(path(name) + " " + why + ".", path(name));
    }
  }

  /** Refuses every member that was neither read nor ignored. */
  void refuseOthers() throws BadModelRequest {
    for (var member : node.properties()) {
      if (!read.contains(member.getKey()) && !member.getValue().isNull()) {
        throw new BadModelRequest(
            path(member.getKey())
                + " cannot be passed on: this model is served in another protocol. Leave it out.",
            path(member.getKey()));
      }
    }
  }
}
