package dev.tollgate.billing.fake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The form of a request as a tree. */
final class Form {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern PART = Pattern.compile("[^\\[\\]]+");

  private Form() {}

  static ObjectNode read(String body, String query) {
    var flat = new TreeMap<String, String>();
    for (var text : new String[] {body, query == null ? "" : query}) {
      for (var pair : text.split("&", -1)) {
        if (!pair.isEmpty()) {
          int at = pair.indexOf('=');
          flat.put(
              URLDecoder.decode(pair.substring(0, at), StandardCharsets.UTF_8),
              URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
        }
      }
    }
    var root = JSON.createObjectNode();
    flat.forEach((name, value) -> put(root, name, value));
    return (ObjectNode) arrays(root);
  }

  private static void put(ObjectNode root, String name, String value) {
    var parts = PART.matcher(name).results().map(r -> r.group()).toList();
    var node = root;
    for (var part : parts.subList(0, parts.size() - 1)) {
      node = node.withObjectProperty(part);
    }
    node.put(parts.getLast(), value);
  }

  /** Objects whose members are numbered are arrays. */
  private static JsonNode arrays(JsonNode node) {
    if (!(node instanceof ObjectNode object)) {
      return node;
    }
    var result = JSON.createObjectNode();
    object.properties().forEach(e -> result.set(e.getKey(), arrays(e.getValue())));
    if (!result.isEmpty()
        && result.properties().stream().allMatch(e -> e.getKey().matches("\\d+"))) {
      var array = JSON.createArrayNode();
      for (int i = 0; i < result.size(); i++) {
        array.add(result.get(Integer.toString(i)));
      }
      return array;
    }
    return result;
  }
}
