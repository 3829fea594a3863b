package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads Anthropic's messages. {@code cache_control} is advice, and is left out. */
final class AnthropicRequestReader {

  private static final String ELSEWHERE = "is not known in the protocol of this model";

  private final Map<String, String> toolNames = new HashMap<>();

  ChatRequest read(ObjectNode body) throws BadModelRequest {
    var request = new Members(body, "");
    var turns = new ArrayList<Turn>();
    var system = new StringBuilder(system(request));
    List<JsonNode> messages = request.elements("messages");
    for (int i = 0; i < messages.size(); i++) {
      Members message = Members.of(messages.get(i), "messages[" + i + "]");
      List<Content> contents = contents(message.required("content"), message.path("content"));
      switch (message.requiredText("role")) {
        case "user" -> turns.add(new Turn(Role.User, contents));
        case "assistant" -> turns.add(new Turn(Role.Assistant, contents));
        case "system" ->
            system
                .append(system.isEmpty() ? "" : "\n\n")
                .append(words(contents, message.path("content")));
        default ->
            throw new BadModelRequest(
                "A message's role must be user or assistant.", message.path("role"));
      }
    }
    var tools = new ArrayList<Tool>();
    List<JsonNode> declared = request.elements("tools");
    for (int i = 0; i < declared.size(); i++) {
      tools.add(tool(Members.of(declared.get(i), "tools[" + i + "]")));
    }
    Members metadata = request.object("metadata");
    Members output = request.object("output_config");
    Members choice = request.object("tool_choice");
    request.refuse("container", ELSEWHERE);
    request.refuse("mcp_servers", ELSEWHERE);
    var chat =
        new ChatRequest(
            system.isEmpty() ? null : system.toString(),
            turns,
            tools,
            toolChoice(choice),
            parallel(choice),
            format(output),
            sampling(request),
            effort(request, output),
            metadata == null ? null : metadata.text("user_id"),
            Boolean.TRUE.equals(request.flag("stream")));
    request
        .ignore("model", "service_tier", "cache_control", "inference_geo", "prompt")
        .ignore("context_management", "betas")
        .refuseOthers();
    return chat;
  }

  private static String system(Members request) throws BadModelRequest {
    JsonNode system = request.value("system");
    return system == null ? "" : OpenAiContents.text(system, "system");
  }

  private static Sampling sampling(Members request) throws BadModelRequest {
    return new Sampling(
        request.number("temperature"),
        request.number("top_p"),
        request.number("top_k"),
        request.number("max_tokens"),
        request.texts("stop_sequences"),
        null,
        null,
        null,
        false,
        null);
  }

  private static @Nullable Format format(@Nullable Members output) throws BadModelRequest {
    return output == null ? null : OpenAiContents.format(output.object("format"));
  }

  /** A budget of tokens for thinking as one of the three usual efforts. */
  private static @Nullable String effort(Members request, @Nullable Members output)
      throws BadModelRequest {
    String effort = output == null ? null : output.text("effort");
    Members thinking = request.object("thinking");
    if (thinking == null) {
      return effort;
    }
    return switch (thinking.requiredText("type")) {
      case "disabled" -> "none";
      case "enabled" -> {
        JsonNode budget = thinking.number("budget_tokens");
        int tokens = budget == null ? 0 : budget.intValue();
        yield tokens <= 4096 ? "low" : tokens <= 16384 ? "medium" : "high";
      }
      default -> effort;
    };
  }

  private static Tool tool(Members tool) throws BadModelRequest {
    String type = tool.text("type");
    if (type != null && !type.equals("custom")) {
      throw new BadModelRequest(
          "A tool must be of type custom: tools of Anthropic's own are not there for this model.",
          tool.path("type"));
    }
    return new Tool(
        tool.requiredText("name"), tool.text("description"), tool.value("input_schema"));
  }

  private static @Nullable ToolChoice toolChoice(@Nullable Members choice) throws BadModelRequest {
    if (choice == null) {
      return null;
    }
    return switch (choice.requiredText("type")) {
      case "auto" -> new ToolChoice.Auto();
      case "none" -> new ToolChoice.None();
      case "any" -> new ToolChoice.Required();
      case "tool" -> new ToolChoice.Named(choice.requiredText("name"));
      default ->
          throw new BadModelRequest(
              "tool_choice must be of type auto, none, any or tool.", choice.path("type"));
    };
  }

  private static @Nullable Boolean parallel(@Nullable Members choice) throws BadModelRequest {
    Boolean disabled = choice == null ? null : choice.flag("disable_parallel_tool_use");
    return disabled == null ? null : Boolean.valueOf(!disabled);
  }

  private List<Content> contents(JsonNode content, String path) throws BadModelRequest {
    if (content.isTextual()) {
      return List.of(new Text(content.textValue()));
    }
    if (!content.isArray()) {
      throw new BadModelRequest(path + " must be a string or an array of blocks.", path);
    }
    var contents = new ArrayList<Content>();
    for (int i = 0; i < content.size(); i++) {
      Content block = block(Members.of(content.get(i), path + "[" + i + "]"));
      if (block != null) {
        contents.add(block);
      }
    }
    return contents;
  }

  private @Nullable Content block(Members block) throws BadModelRequest {
    String type = block.requiredText("type");
    return switch (type) {
      case "text" -> new Text(block.requiredText("text"));
      case "image" -> image(Members.of(block.required("source"), block.path("source")));
      case "thinking" -> new Thinking(block.requiredText("thinking"));
      // only the model that wrote it can read it
      case "redacted_thinking" -> null;
      case "tool_use" -> {
        String id = block.requiredText("id");
        String name = block.requiredText("name");
        if (!(block.required("input") instanceof ObjectNode input)) {
          throw new BadModelRequest("input must be an object.", block.path("input"));
        }
        toolNames.put(id, name);
        yield new ToolUse(id, name, input);
      }
      case "tool_result" -> result(block);
      default ->
          throw new BadModelRequest(
              "A block of type " + type + " cannot be passed on to the protocol of this model.",
              block.path("type"));
    };
  }

  private ToolResult result(Members block) throws BadModelRequest {
    String id = block.requiredText("tool_use_id");
    JsonNode content = block.value("content");
    List<Content> contents = content == null ? List.of() : contents(content, block.path("content"));
    for (Content one : contents) {
      if (!(one instanceof Text || one instanceof Image)) {
        throw new BadModelRequest(
            block.path("content") + " can only be text and images for this model.",
            block.path("content"));
      }
    }
    return new ToolResult(
        id, toolNames.getOrDefault(id, ""), contents, Boolean.TRUE.equals(block.flag("is_error")));
  }

  private static Image image(Members source) throws BadModelRequest {
    return switch (source.requiredText("type")) {
      case "base64" ->
          new Image(source.requiredText("media_type"), source.requiredText("data"), null);
      case "url" -> new Image("", null, source.requiredText("url"));
      default ->
          throw new BadModelRequest(
              "An image's source must be of type base64 or url.", source.path("type"));
    };
  }

  private static String words(List<Content> contents, String path) throws BadModelRequest {
    var text = new StringBuilder();
    for (Content content : contents) {
      if (!(content instanceof Text words)) {
        throw new BadModelRequest(path + " can only be text for this model.", path);
      }
      text.append(text.isEmpty() ? "" : "\n").append(words.text());
    }
    return text.toString();
  }
}
