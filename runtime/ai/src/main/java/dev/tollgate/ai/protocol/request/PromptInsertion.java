package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.PromptMessage;
import dev.tollgate.ai.protocol.PromptMessage.Role;
import java.util.List;

/** Puts the messages of a prompt before those of a chat call. */
public final class PromptInsertion {

  private PromptInsertion() {}

  /**
   * @return the body without its member {@code prompt}, and with the messages
   */
  public static byte[] insert(Dialect dialect, byte[] body, List<PromptMessage> prompt)
      throws BadModelRequest {
    ObjectNode request = Json.object(body);
    request.remove("prompt");
    ArrayNode messages = Json.MAPPER.createArrayNode();
    var system = new StringBuilder();
    for (PromptMessage message : prompt) {
      if (message.role() == Role.System && dialect == Dialect.AnthropicMessages) {
        system.append(system.isEmpty() ? "" : "\n\n").append(message.text());
      } else {
        messages.addObject().put("role", message.role().word()).put("content", message.text());
      }
    }
    if (request.get("messages") instanceof ArrayNode given) {
      messages.addAll(given);
    }
    request.set("messages", messages);
    if (!system.isEmpty()) {
      system(request, system.toString());
    }
    return Json.bytes(request);
  }

  private static void system(ObjectNode request, String text) {
    JsonNode given = request.get("system");
    if (given instanceof ArrayNode blocks) {
      ObjectNode block = Json.MAPPER.createObjectNode().put("type", "text").put("text", text);
      blocks.insert(0, block);
    } else {
      boolean empty = given == null || given.isNull();
      request.put("system", empty ? text : text + "\n\n" + given.asText());
    }
  }
}
