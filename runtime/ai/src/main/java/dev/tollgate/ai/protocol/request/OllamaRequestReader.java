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
import dev.tollgate.ai.protocol.request.ChatRequest.ToolResult;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolUse;
import dev.tollgate.ai.protocol.request.ChatRequest.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads Ollama's chat. Its calls of tools may have no names: they get one here, and a result is the
 * one of the first call of its tool that has none yet.
 */
final class OllamaRequestReader {

  private final List<Turn> turns = new ArrayList<>();
  private final List<Content> results = new ArrayList<>();
  private final List<ToolUse> unanswered = new ArrayList<>();
  private final StringBuilder system = new StringBuilder();
  private int calls;

  ChatRequest read(ObjectNode body) throws BadModelRequest {
    var request = new Members(body, "");
    List<JsonNode> messages = request.elements("messages");
    if (messages.isEmpty()) {
      throw new BadModelRequest("messages must not be empty.", "messages");
    }
    for (int i = 0; i < messages.size(); i++) {
      message(Members.of(messages.get(i), "messages[" + i + "]"));
    }
    flushResults();
    var tools = new ArrayList<Tool>();
    List<JsonNode> declared = request.elements("tools");
    for (int i = 0; i < declared.size(); i++) {
      Members tool = Members.of(declared.get(i), "tools[" + i + "]");
      Members function = Members.of(tool.required("function"), tool.path("function"));
      tools.add(
          new Tool(
              function.requiredText("name"),
              function.text("description"),
              function.value("parameters")));
    }
    Boolean stream = request.flag("stream");
    var chat =
        new ChatRequest(
            system.isEmpty() ? null : system.toString(),
            turns,
            tools,
            null,
            null,
            format(request),
            sampling(request),
            effort(request),
            null,
            stream == null || stream);
    request.ignore("model", "keep_alive", "truncate", "shift", "prompt").refuseOthers();
    return chat;
  }

  /** {@code "json"} or a schema. */
  static @Nullable Format format(Members request) throws BadModelRequest {
    JsonNode format = request.value("format");
    if (format == null || (format.isTextual() && format.textValue().isEmpty())) {
      return null;
    }
    if (format.isObject()) {
      return new Format(null, format);
    }
    if (format.asText().equals("json")) {
      return new Format(null, null);
    }
    throw new BadModelRequest("format must be \"json\" or a JSON Schema.", "format");
  }

  private static @Nullable String effort(Members request) throws BadModelRequest {
    JsonNode think = request.value("think");
    if (think == null) {
      return null;
    }
    if (think.isBoolean()) {
      return think.booleanValue() ? "medium" : "none";
    }
    return request.text("think");
  }

  /** Ollama's {@code options}; those of the machine and not of the model are left out. */
  static Sampling sampling(Members request) throws BadModelRequest {
    Members options = request.object("options");
    boolean logprobs = Boolean.TRUE.equals(request.flag("logprobs"));
    JsonNode top = request.number("top_logprobs");
    if (options == null) {
      return new Sampling(null, null, null, null, List.of(), null, null, null, logprobs, top);
    }
    JsonNode most = options.number("num_predict");
    var sampling =
        new Sampling(
            options.number("temperature"),
            options.number("top_p"),
            options.number("top_k"),
            most == null || most.longValue() < 0 ? null : most,
            options.texts("stop"),
            options.number("seed"),
            options.number("presence_penalty"),
            options.number("frequency_penalty"),
            logprobs,
            top);
    options
        .ignore("num_ctx", "num_keep", "num_batch", "num_gpu", "main_gpu", "num_thread")
        .ignore("use_mmap", "low_vram", "numa", "use_mlock", "vocab_only", "f16_kv")
        .refuseOthers();
    return sampling;
  }

  private void message(Members message) throws BadModelRequest {
    String role = message.requiredText("role").toLowerCase(Locale.ROOT);
    if (!role.equals("tool")) {
      flushResults();
    }
    String content = message.text("content");
    String text = content == null ? "" : content;
    switch (role) {
      case "system" -> system.append(system.isEmpty() ? "" : "\n\n").append(text);
      case "user" -> turns.add(new Turn(Role.User, user(message, text)));
      case "assistant" -> turns.add(new Turn(Role.Assistant, assistant(message, text)));
      case "tool" -> result(message, text);
      default ->
          throw new BadModelRequest(
              "A message's role must be system, user, assistant or tool.", message.path("role"));
    }
  }

  private static List<Content> user(Members message, String text) throws BadModelRequest {
    var contents = new ArrayList<Content>();
    if (!text.isEmpty()) {
      contents.add(new Text(text));
    }
    for (String image : message.texts("images")) {
      contents.add(new Image(mediaType(image), image, null));
    }
    return contents;
  }

  /** Ollama does not say what its images are; their first bytes do, as Base64 shows them. */
  private static String mediaType(String base64) {
    if (base64.startsWith("/9j/")) {
      return "image/jpeg";
    }
    if (base64.startsWith("UklGR")) {
      return "image/webp";
    }
    return base64.startsWith("R0lGOD") ? "image/gif" : "image/png";
  }

  private List<Content> assistant(Members message, String text) throws BadModelRequest {
    var contents = new ArrayList<Content>();
    String thinking = message.text("thinking");
    if (thinking != null && !thinking.isEmpty()) {
      contents.add(new Thinking(thinking));
    }
    if (!text.isEmpty()) {
      contents.add(new Text(text));
    }
    List<JsonNode> made = message.elements("tool_calls");
    for (int i = 0; i < made.size(); i++) {
      Members call = Members.of(made.get(i), message.path("tool_calls[" + i + "]"));
      Members function = Members.of(call.required("function"), call.path("function"));
      JsonNode arguments = function.value("arguments");
      if (arguments != null && !arguments.isObject()) {
        throw new BadModelRequest("arguments must be an object.", function.path("arguments"));
      }
      String id = call.text("id");
      var use =
          new ToolUse(
              id == null || id.isEmpty() ? "call_" + calls : id,
              function.requiredText("name"),
              arguments instanceof ObjectNode input ? input : Json.MAPPER.createObjectNode());
      calls++;
      unanswered.add(use);
      contents.add(use);
    }
    return contents;
  }

  private void result(Members message, String text) throws BadModelRequest {
    String id = message.text("tool_call_id");
    String name = message.text("tool_name");
    for (ToolUse use : unanswered) {
      if (named(id) ? use.id().equals(id) : !named(name) || use.name().equals(name)) {
        unanswered.remove(use);
        results.add(new ToolResult(use.id(), use.name(), List.of(new Text(text)), false));
        return;
      }
    }
    throw new BadModelRequest(
        message.path() + " is the result of a tool that no message before it calls.",
        message.path());
  }

  private static boolean named(@Nullable String name) {
    return name != null && !name.isEmpty();
  }

  private void flushResults() {
    if (!results.isEmpty()) {
      turns.add(new Turn(Role.User, results));
      results.clear();
    }
  }
}
