package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import java.util.Set;

/**
 * What a request of OpenAI's responses may name of what the provider keeps: earlier answers,
 * conversations, files. All tenants use the provider's one account, so it could be another
 * tenant's, and is refused.
 */
public final class KeptByProvider {

  private static final String REFUSED =
      "names what is kept at the provider, in an account that all tenants share: send the whole"
          + " conversation as input";

  /** Why {@code prompt} is refused in responses. */
  static final String PROMPT =
      "is not for responses: prompts kept at OpenAI cannot be called, and those of /v1/prompts are"
          + " called by /v1/chat/completions or /v1/prompts/NAME/run";

  /** Names of members, in the input and in built-in tools, that refer to what is kept. */
  private static final Set<String> REFERENCES =
      Set.of("file_id", "file_ids", "vector_store_ids", "container", "connector_id");

  private KeptByProvider() {}

  /**
   * @throws BadModelRequest when it names something of the kind
   */
  public static void refuse(byte[] body) throws BadModelRequest {
    var tree = Json.object(body);
    var request = new Members(tree, "");
    request.refuse("previous_response_id", REFUSED);
    request.refuse("conversation", REFUSED);
    request.refuse("prompt", PROMPT);
    if (Boolean.TRUE.equals(request.flag("background"))) {
      throw new BadModelRequest(
          "background needs an answer that is kept at the provider, and none is.", "background");
    }
    references(tree.path("input"), "input");
    references(tree.path("tools"), "tools");
  }

  private static void references(JsonNode node, String path) throws BadModelRequest {
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        references(node.get(i), path + "[" + i + "]");
      }
      return;
    }
    if (node.path("type").asText().equals("item_reference")) {
      throw new BadModelRequest("An item_reference " + REFUSED + ", and set store to false.", path);
    }
    for (var member : node.properties()) {
      var name = member.getKey();
      var at = path + "." + name;
      if (REFERENCES.contains(name) && !ofOwn(member.getValue())) {
        throw new BadModelRequest(at + " " + REFUSED + ".", at);
      }
      if (!name.equals("parameters")) { // a schema, of the caller's own names
        references(member.getValue(), at);
      }
    }
  }

  /** Whether it refers to nothing: null, or a container that is made for this call. */
  private static boolean ofOwn(JsonNode value) {
    return value.isNull()
        || (value.isObject()
            && value.path("type").asText().equals("auto")
            && !value.has("file_ids"));
  }
}
