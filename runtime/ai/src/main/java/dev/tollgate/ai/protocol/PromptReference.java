package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that a chat call names in the member {@code prompt}, an extension to each chat dialect
 * but OpenAI's responses.
 *
 * @param name the prompt's name
 * @param version the version wanted; null when a label or the default is wanted
 * @param label the label wanted; null when a version or the default is wanted
 * @param variables the values, as they came
 */
public record PromptReference(
    String name, @Nullable String version, @Nullable String label, ObjectNode variables) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  public PromptReference {
    if (version != null && label != null) {
      throw new IllegalArgumentException("a prompt is named by a version or a label, not by both");
    }
  }

  /** Reads the object where the parser is. */
  static PromptReference read(JsonParser parser) throws IOException, BadModelRequest {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new BadModelRequest(
          "prompt must be an object with a name, and a version or a label.", "prompt");
    }
    ObjectNode node = MAPPER.readTree(parser);
    String name = text(node, "name");
    if (name == null || name.isEmpty()) {
      throw new BadModelRequest("prompt.name must name a prompt.", "prompt.name");
    }
    String version = text(node, "version");
    String label = text(node, "label");
    if (version != null && label != null) {
      throw new BadModelRequest("prompt takes a version or a label, not both.", "prompt.label");
    }
    ObjectNode variables = MAPPER.createObjectNode();
    if (node.hasNonNull("variables")) {
      if (!(node.get("variables") instanceof ObjectNode object)) {
        throw new BadModelRequest("prompt.variables must be an object.", "prompt.variables");
      }
      variables = object;
    }
    return new PromptReference(name, version, label, variables);
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
