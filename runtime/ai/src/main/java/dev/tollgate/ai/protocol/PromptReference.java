package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that a chat call names in the member {@code prompt}, an extension to each chat dialect
 * but OpenAI's responses.
 *
 * @param name the prompt's name
 * @param version the version wanted, or null
 * @param label the label wanted, or null
 * @param experiment the experiment that is to choose the version, or null; at most one of the three
 *     is there
 * @param variables the values, as they came
 */
public record PromptReference(
    String name,
    @Nullable String version,
    @Nullable String label,
    @Nullable String experiment,
    ObjectNode variables) {

  private static final List<String> MEMBERS =
      List.of("name", "version", "label", "experiment", "variables");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Reads the object where the parser is. */
  static PromptReference read(JsonParser parser) throws IOException, BadModelRequest {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new BadModelRequest(
          "prompt must be an object with a name, and a version or a label.", "prompt");
    }
    ObjectNode node = MAPPER.readTree(parser);
    for (var member : node.properties()) {
      if (!MEMBERS.contains(member.getKey())) {
        throw new BadModelRequest(
            "prompt has no member %s; it has %s."
                .formatted(member.getKey(), String.join(", ", MEMBERS)),
            "prompt." + member.getKey());
      }
    }
    String name = text(node, "name");
    if (name == null || name.isEmpty()) {
      throw new BadModelRequest("prompt.name must name a prompt.", "prompt.name");
    }
    String version = text(node, "version");
    String label = text(node, "label");
    String experiment = text(node, "experiment");
    if (version != null && label != null) {
      throw new BadModelRequest("prompt takes a version or a label, not both.", "prompt.label");
    }
    if (experiment != null && (version != null || label != null)) {
      throw new BadModelRequest(
          "prompt takes an experiment, or a version or a label, not both.", "prompt.experiment");
    }
    ObjectNode variables = MAPPER.createObjectNode();
    if (node.hasNonNull("variables")) {
      if (!(node.get("variables") instanceof ObjectNode object)) {
        throw new BadModelRequest("prompt.variables must be an object.", "prompt.variables");
      }
      variables = object;
    }
    return new PromptReference(name, version, label, experiment, variables);
  }

  private static @Nullable String text(ObjectNode node, String name) throws BadModelRequest {
    if (!node.hasNonNull(name)) {
      return null;
    }
    if (node.get(name).isTextual() || node.get(name).isIntegralNumber()) {
      return node.get(name).asText();
    }
    throw new BadModelRequest("prompt." + name + " must be a string.", "prompt." + name);
  }
}
