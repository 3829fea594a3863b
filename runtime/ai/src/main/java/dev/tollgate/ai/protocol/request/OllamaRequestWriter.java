package dev.tollgate.ai.protocol.request;

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

/** Writes Ollama's chat. */
final class OllamaRequestWriter {

  private final ObjectNode body = Json.MAPPER.createObjectNode();
  private final ArrayNode messages = Json.MAPPER.createArrayNode();

  ObjectNode write(ChatRequest chat, String model) throws BadModelRequest {
    body.put("model", model);
    body.set("messages", messages);
    if (chat.system() != null) {
      messages.addObject().put("role", "system").put("content", chat.system());
    }
    for (Turn turn : chat.turns()) {
      turn(turn);
    }
    body.put("stream", chat.stream());
    tools(chat);
    format(body, chat.format());
    think(chat.effort());
    sampling(body, chat.sampling());
    return body;
  }

  private void turn(Turn turn) throws BadModelRequest {
    var text = new StringBuilder();
    var thinking = new StringBuilder();
    ArrayNode images = Json.MAPPER.createArrayNode();
    ArrayNode calls = Json.MAPPER.createArrayNode();
    for (Content content : turn.contents()) {
      switch (content) {
        case ToolResult result -> result(result);
        case Text words ->
            text.append(text.isEmpty() || turn.role() == Role.Assistant ? "" : "\n")
                .append(words.text());
        case Thinking thought -> thinking.append(thought.text());
        case Image image -> images.add(base64(image));
        case ToolUse use -> {
          ObjectNode call = calls.addObject().put("id", use.id());
          call.putObject("function").put("name", use.name()).set("arguments", use.input());
        }
      }
    }
    if (text.isEmpty() && thinking.isEmpty() && images.isEmpty() && calls.isEmpty()) {
      return;
    }
    ObjectNode message =
        messages
            .addObject()
            .put("role", turn.role() == Role.User ? "user" : "assistant")
            .put("content", text.toString());
    if (!thinking.isEmpty()) {
      message.put("thinking", thinking.toString());
    }
    if (!images.isEmpty()) {
      message.set("images", images);
    }
    if (!calls.isEmpty()) {
      message.set("tool_calls", calls);
    }
  }

  private void result(ToolResult result) throws BadModelRequest {
    ObjectNode message = messages.addObject().put("role", "tool").put("content", result.text());
    if (!result.name().isEmpty()) {
      message.put("tool_name", result.name());
    }
    message.put("tool_call_id", result.id());
    for (Image image : result.images()) {
      message.withArray("images").add(base64(image));
    }
  }

  private static String base64(Image image) throws BadModelRequest {
    if (image.base64() == null) {
      throw new BadModelRequest(
          "This model takes images only as data, not by their address: send them as Base64.",
          "messages");
    }
    return image.base64();
  }

  private void tools(ChatRequest chat) throws BadModelRequest {
    ToolChoice choice = chat.toolChoice();
    if (choice instanceof ToolChoice.Required || choice instanceof ToolChoice.Named) {
      throw new BadModelRequest(
          "This model cannot be made to call a tool: tool_choice can be auto or none.",
          "tool_choice");
    }
    if (chat.tools().isEmpty() || choice instanceof ToolChoice.None) {
      return;
    }
    ArrayNode tools = body.putArray("tools");
    for (Tool tool : chat.tools()) {
      ObjectNode function = tools.addObject().put("type", "function").putObject("function");
      function.put("name", tool.name());
      if (tool.description() != null) {
        function.put("description", tool.description());
      }
      if (tool.parameters() != null) {
        function.set("parameters", tool.parameters());
      }
    }
  }

  static void format(ObjectNode body, @Nullable Format format) {
    if (format != null && format.schema() == null) {
      body.put("format", "json");
    } else if (format != null) {
      body.set("format", format.schema());
    }
  }

  /**
   * An effort is a wish. Models that think only when they are told so take true; those that know
   * efforts take their names too, but others refuse a name, so it is not passed on.
   */
  private void think(@Nullable String effort) {
    if (effort != null) {
      body.put("think", !effort.equals("none") && !effort.equals("minimal"));
    }
  }

  static void sampling(ObjectNode body, Sampling sampling) {
    ObjectNode options = Json.MAPPER.createObjectNode();
    Options.put(options, "temperature", sampling.temperature());
    Options.put(options, "top_p", sampling.topP());
    Options.put(options, "top_k", sampling.topK());
    Options.put(options, "num_predict", sampling.maxTokens());
    Options.put(options, "seed", sampling.seed());
    Options.put(options, "presence_penalty", sampling.presencePenalty());
    Options.put(options, "frequency_penalty", sampling.frequencyPenalty());
    Options.stop(options, "stop", sampling.stop());
    if (!options.isEmpty()) {
      body.set("options", options);
    }
    if (sampling.logprobs()) {
      body.put("logprobs", true);
      Options.put(body, "top_logprobs", sampling.topLogprobs());
    }
  }
}
