package dev.tollgate.ai.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.crd.view.PromptVersionView;
import java.util.Map;
import java.util.TreeMap;

/** A version field by field, so that two can be compared. */
final class VersionFields {

  private static final ObjectMapper JSON = new ObjectMapper();

  private VersionFields() {}

  /**
   * Text or JSON by path, such as {@code messages[0].content} and {@code parameters.temperature}.
   */
  static Map<String, String> of(PromptVersionView view) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("model", view.model());
    for (int i = 0; i < view.messages().size(); i++) {
      fields.put("messages[" + i + "].role", view.messages().get(i).role());
      fields.put("messages[" + i + "].content", view.messages().get(i).content());
    }
    try {
      flatten("parameters", JSON.readTree(view.parameters()), fields);
      flatten("variables", JSON.readTree(view.variables()), fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an accepted version holds JSON", e);
    }
    return fields;
  }

  private static void flatten(String path, JsonNode node, Map<String, String> fields) {
    if (!node.isObject() || node.isEmpty()) {
      fields.put(path, node.toString());
      return;
    }
    node.properties().forEach(e -> flatten(path + "." + e.getKey(), e.getValue(), fields));
  }
}
