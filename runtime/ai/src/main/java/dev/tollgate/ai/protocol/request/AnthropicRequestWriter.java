package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.request.ChatRequest.Content;
import dev.tollgate.ai.protocol.request.ChatRequest.Format;
import dev.tollgate.ai.protocol.request.ChatRequest.Image;
import dev.tollgate.ai.protocol.request.ChatRequest.Role;
import dev.tollgate.ai.protocol.request.ChatRequest.Sampling;
import dev.tollgate.ai.protocol.request.ChatRequest.Text;
import dev.tollgate.ai.protocol.request.ChatRequest.Thinking;
import dev.tollgate.ai.protocol.request.ChatRequest.Tool;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolChoice;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolResult;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolUse;
import dev.tollgate.ai.protocol.request.ChatRequest.Turn;
import org.jspecify.annotations.Nullable;

/** Writes Anthropic's messages. */
final class AnthropicRequestWriter {

  /** Anthropic must be told a limit; this one serves where the client names none. */
  static final int MAX_TOKENS = 4096;

  private static final String ELSEWHERE =
      " is not known in the protocol of this model. Leave it out.";

  private final ObjectNode body = Json.MAPPER.createObjectNode();
  private final ArrayNode messages = Json.MAPPER.createArrayNode();
  private final ToolIds ids = new ToolIds();

  ObjectNode write(ChatRequest chat, String model) throws BadModelRequest {
    body.put("model", model);
    sampling(chat.sampling());
    if (chat.system() != null) {
      body.put("system", chat.system());
    }
    body.set("messages", messages);
    for (Turn turn : chat.turns()) {
      turn(turn);
    }
    tools(chat);
    format(chat.format());
    effort(chat.effort());
    if (chat.user() != null) {
      body.putObject("metadata").put("user_id", chat.user());
    }
    if (chat.stream()) {
      body.put("stream", true);
    }
    return body;
  }

  private void turn(Turn turn) throws BadModelRequest {
    ArrayNode blocks = Json.MAPPER.createArrayNode();
    for (Content content : turn.contents()) {
      block(blocks, content);
    }
    if (blocks.isEmpty()) {
      return;
    }
    JsonNode content = blocks;
    if (blocks.size() == 1 && turn.contents().getLast() instanceof Text text) {
      content = Json.MAPPER.getNodeFactory().textNode(text.text());
    }
    messages
        .addObject()
        .put("role", turn.role() == Role.User ? "user" : "assistant")
        .set("content", content);
  }

  private void block(ArrayNode blocks, Content content) {
    switch (content) {
      case Text text -> {
        // Anthropic refuses empty blocks
        if (!text.text().isEmpty()) {
          blocks.addObject().put("type", "text").put("text", text.text());
        }
      }
      case Image image -> image(blocks, image);
      case ToolUse use ->
          blocks
              .addObject()
              .put("type", "tool_use")
              .put("id", ids.of(use.id()))
              .put("name", use.name())
              .set("input", use.input());
      case ToolResult result -> {
        ObjectNode block = blocks.addObject().put("type", "tool_result");
        block.put("tool_use_id", ids.of(result.id()));
        if (result.images().isEmpty()) {
          block.put("content", result.text());
        } else {
          ArrayNode contents = block.putArray("content");
          result.contents().forEach(one -> block(contents, one));
        }
        if (result.error()) {
          block.put("is_error", true);
        }
      }
      case Thinking _ -> {
        // only with the signature of the model that wrote it, which other dialects do not have
      }
    }
  }

  private static void image(ArrayNode blocks, Image image) {
    ObjectNode source = blocks.addObject().put("type", "image").putObject("source");
    if (image.url() == null) {
      source.put("type", "base64").put("media_type", image.mediaType());
      source.put("data", image.base64());
    } else {
      source.put("type", "url").put("url", image.url());
    }
  }

  private void tools(ChatRequest chat) {
    if (chat.tools().isEmpty()) {
      return;
    }
    ArrayNode tools = body.putArray("tools");
    for (Tool tool : chat.tools()) {
      ObjectNode node = tools.addObject().put("name", tool.name());
      if (tool.description() != null) {
        node.put("description", tool.description());
      }
      if (tool.parameters() == null) {
        node.putObject("input_schema").put("type", "object").putObject("properties");
      } else {
        node.set("input_schema", tool.parameters());
      }
    }
    ToolChoice choice = chat.toolChoice();
    boolean oneAtATime = Boolean.FALSE.equals(chat.parallelTools());
    if (choice == null && !oneAtATime) {
      return;
    }
    ObjectNode node = body.putObject("tool_choice");
    switch (choice) {
      case null -> node.put("type", "auto");
      case ToolChoice.Auto _ -> node.put("type", "auto");
      case ToolChoice.None _ -> node.put("type", "none");
      case ToolChoice.Required _ -> node.put("type", "any");
      case ToolChoice.Named named -> node.put("type", "tool").put("name", named.name());
    }
    if (oneAtATime && !(choice instanceof ToolChoice.None)) {
      node.put("disable_parallel_tool_use", true);
    }
  }

  private void sampling(Sampling sampling) throws BadModelRequest {
    if (sampling.maxTokens() == null) {
      body.put("max_tokens", MAX_TOKENS);
    } else {
      body.set("max_tokens", sampling.maxTokens());
    }
    JsonNode temperature = sampling.temperature();
    if (temperature != null && temperature.doubleValue() > 1) {
      throw new BadModelRequest("temperature must be at most 1 for this model.", "temperature");
    }
    Options.put(body, "temperature", temperature);
    Options.put(body, "top_p", sampling.topP());
    Options.put(body, "top_k", sampling.topK());
    Options.stop(body, "stop_sequences", sampling.stop());
    refuseUnlessZero("presence_penalty", sampling.presencePenalty());
    refuseUnlessZero("frequency_penalty", sampling.frequencyPenalty());
    if (sampling.logprobs()) {
      throw new BadModelRequest("logprobs" + ELSEWHERE, "logprobs");
    }
  }

  private static void refuseUnlessZero(String name, @Nullable JsonNode value)
      throws BadModelRequest {
    if (value != null && value.doubleValue() != 0) {
      throw new BadModelRequest(name + ELSEWHERE, name);
    }
  }

  private void format(@Nullable Format format) throws BadModelRequest {
    if (format == null) {
      return;
    }
    if (format.schema() == null) {
      throw new BadModelRequest(
          "This model gives JSON only by a schema: use json_schema instead of json_object.",
          "response_format");
    }
    body.putObject("output_config")
        .putObject("format")
        .put("type", "json_schema")
        .set("schema", format.schema());
  }

  /**
   * Thinking before a call of a tool must be given back with its signature, for which the client's
   * dialect has no place, so that it cannot be asked for.
   */
  private static void effort(@Nullable String effort) throws BadModelRequest {
    if (effort != null && !effort.equals("none") && !effort.equals("minimal")) {
      throw new BadModelRequest(
          "This model cannot be asked to think through this protocol: use none, or"
              + " Anthropic's own /v1/messages.",
          "reasoning_effort");
    }
  }
}
