package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.MostTokens;
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
import java.util.List;

/** Writes OpenAI's chat completions, in the words that servers compatible with it know too. */
final class OpenAiChatRequestWriter {

  private final ObjectNode body = Json.MAPPER.createObjectNode();
  private final ArrayNode messages = Json.MAPPER.createArrayNode();
  private final MostTokens most;

  OpenAiChatRequestWriter(MostTokens most) {
    this.most = most;
  }

  ObjectNode write(ChatRequest chat, String model) throws BadModelRequest {
    body.put("model", model);
    body.set("messages", messages);
    if (chat.system() != null) {
      messages.addObject().put("role", "system").put("content", chat.system());
    }
    for (Turn turn : chat.turns()) {
      if (turn.role() == Role.User) {
        user(turn.contents());
      } else {
        assistant(turn.contents());
      }
    }
    tools(chat);
    sampling(chat.sampling());
    if (chat.format() != null) {
      format(chat.format());
    }
    // models that cannot think refuse even to be told not to
    if (chat.effort() != null && !chat.effort().equals("none")) {
      body.put("reasoning_effort", chat.effort());
    }
    if (chat.user() != null) {
      body.put("user", chat.user());
    }
    if (chat.stream()) {
      body.put("stream", true).putObject("stream_options").put("include_usage", true);
    }
    KeptByProvider.refuseFiles(messages);
    return body;
  }

  /**
   * Results come first: they answer the message before. Their images come after them, since a
   * result can only be text.
   */
  private void user(List<Content> contents) {
    ArrayNode parts = Json.MAPPER.createArrayNode();
    boolean plain = true;
    for (Content content : contents) {
      switch (content) {
        case ToolResult result -> {
          messages
              .addObject()
              .put("role", "tool")
              .put("tool_call_id", result.id())
              .put("content", result.text());
          if (!result.images().isEmpty()) {
            plain = false;
            parts
                .addObject()
                .put("type", "text")
                .put("text", "Images in the result of " + result.id() + ":");
            result.images().forEach(image -> image(parts, image));
          }
        }
        case Text text -> parts.addObject().put("type", "text").put("text", text.text());
        case Image image -> {
          plain = false;
          image(parts, image);
        }
        case Thinking _, ToolUse _ -> {
          // a user neither thinks nor calls
        }
      }
    }
    if (plain && parts.size() == 1) {
      messages.addObject().put("role", "user").put("content", parts.get(0).get("text").textValue());
    } else if (!parts.isEmpty()) {
      messages.addObject().put("role", "user").set("content", parts);
    }
  }

  private static void image(ArrayNode parts, Image image) {
    String url =
        image.url() == null
            ? "data:" + image.mediaType() + ";base64," + image.base64()
            : image.url();
    parts.addObject().put("type", "image_url").putObject("image_url").put("url", url);
  }

  private void assistant(List<Content> contents) throws BadModelRequest {
    var text = new StringBuilder();
    ArrayNode calls = Json.MAPPER.createArrayNode();
    for (Content content : contents) {
      switch (content) {
        case Text words -> text.append(words.text());
        case ToolUse use ->
            calls
                .addObject()
                .put("id", use.id())
                .put("type", "function")
                .putObject("function")
                .put("name", use.name())
                .put("arguments", Json.text(use.input()));
        case Image _ ->
            throw new BadModelRequest("An assistant's message cannot have images.", "messages");
        case Thinking _, ToolResult _ -> {
          // earlier reasoning is no part of OpenAI's messages
        }
      }
    }
    if (text.isEmpty() && calls.isEmpty()) {
      return;
    }
    ObjectNode message = messages.addObject().put("role", "assistant");
    if (text.isEmpty()) {
      message.putNull("content");
    } else {
      message.put("content", text.toString());
    }
    if (!calls.isEmpty()) {
      message.set("tool_calls", calls);
    }
  }

  private void tools(ChatRequest chat) {
    if (chat.tools().isEmpty()) {
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
      if (tool.strict() != null) {
        function.put("strict", tool.strict());
      }
    }
    ToolChoice choice = chat.toolChoice();
    if (choice != null) {
      switch (choice) {
        case ToolChoice.Auto _ -> body.put("tool_choice", "auto");
        case ToolChoice.None _ -> body.put("tool_choice", "none");
        case ToolChoice.Required _ -> body.put("tool_choice", "required");
        case ToolChoice.Named named ->
            body.putObject("tool_choice")
                .put("type", "function")
                .putObject("function")
                .put("name", named.name());
      }
    }
    if (chat.parallelTools() != null) {
      body.put("parallel_tool_calls", chat.parallelTools());
    }
  }

  private void sampling(Sampling sampling) throws BadModelRequest {
    if (sampling.topK() != null) {
      throw new BadModelRequest(
          "top_k is not known in the protocol of this model. Leave it out.", "top_k");
    }
    Options.put(body, "temperature", sampling.temperature());
    Options.put(body, "top_p", sampling.topP());
    Options.put(
        body,
        most == MostTokens.Newer ? "max_completion_tokens" : "max_tokens",
        sampling.maxTokens());
    Options.put(body, "seed", sampling.seed());
    Options.put(body, "presence_penalty", sampling.presencePenalty());
    Options.put(body, "frequency_penalty", sampling.frequencyPenalty());
    Options.stop(body, "stop", sampling.stop());
    if (sampling.logprobs()) {
      body.put("logprobs", true);
      Options.put(body, "top_logprobs", sampling.topLogprobs());
    }
  }

  private void format(Format format) {
    ObjectNode node = body.putObject("response_format");
    if (format.schema() == null) {
      node.put("type", "json_object");
    } else {
      ObjectNode schema =
          node.put("type", "json_schema")
              .putObject("json_schema")
              .put("name", format.name() == null ? "answer" : format.name());
      schema.set("schema", format.schema());
      if (format.strict() != null) {
        schema.put("strict", format.strict());
      }
    }
  }
}
