package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.request.ChatRequest.Content;
import dev.tollgate.ai.protocol.request.ChatRequest.Role;
import dev.tollgate.ai.protocol.request.ChatRequest.Sampling;
import dev.tollgate.ai.protocol.request.ChatRequest.Thinking;
import dev.tollgate.ai.protocol.request.ChatRequest.Tool;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolResult;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolUse;
import dev.tollgate.ai.protocol.request.ChatRequest.Turn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads OpenAI's chat completions. Instructions anywhere in the messages are put at the start. */
final class OpenAiChatRequestReader {

  private static final String ELSEWHERE = "is not known in the protocol of this model";

  private final List<Turn> turns = new ArrayList<>();
  private final List<Content> results = new ArrayList<>();
  private final Map<String, String> toolNames = new HashMap<>();
  private final StringBuilder system = new StringBuilder();

  ChatRequest read(ObjectNode body) throws BadModelRequest {
    var request = new Members(body, "");
    List<JsonNode> messages = request.elements("messages");
    for (int i = 0; i < messages.size(); i++) {
      message(Members.of(messages.get(i), "messages[" + i + "]"));
    }
    flushResults();
    var tools = new ArrayList<Tool>();
    List<JsonNode> declared = request.elements("tools");
    for (int i = 0; i < declared.size(); i++) {
      tools.add(tool(Members.of(declared.get(i), "tools[" + i + "]")));
    }
    refuse(request);
    var chat =
        new ChatRequest(
            system.isEmpty() ? null : system.toString(),
            turns,
            tools,
            OpenAiContents.toolChoice(request),
            request.flag("parallel_tool_calls"),
            OpenAiContents.format(request.object("response_format")),
            sampling(request),
            request.text("reasoning_effort"),
            request.text("user"),
            Boolean.TRUE.equals(request.flag("stream")));
    request
        .ignore("model", "stream_options", "store", "metadata", "service_tier", "n", "verbosity")
        .ignore("safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt")
        .refuseOthers();
    return chat;
  }

  private static void refuse(Members request) throws BadModelRequest {
    JsonNode n = request.number("n");
    if (n != null && n.intValue() != 1) {
      throw new BadModelRequest(
          "n must be 1: the backend of this model gives one answer at a time.", "n");
    }
    request.refuse("functions", "is out of date; use tools");
    request.refuse("function_call", "is out of date; use tool_choice");
    request.refuse("logit_bias", ELSEWHERE);
    request.refuse("prediction", ELSEWHERE);
    request.refuse("audio", ELSEWHERE);
    request.refuse("web_search_options", ELSEWHERE);
    for (JsonNode modality : request.elements("modalities")) {
      if (!modality.asText().equals("text")) {
        throw new BadModelRequest("modalities can only be text for this model.", "modalities");
      }
    }
  }

  private static Sampling sampling(Members request) throws BadModelRequest {
    JsonNode most = request.number("max_completion_tokens");
    JsonNode older = request.number("max_tokens");
    return new Sampling(
        request.number("temperature"),
        request.number("top_p"),
        null,
        most == null ? older : most,
        request.texts("stop"),
        request.number("seed"),
        request.number("presence_penalty"),
        request.number("frequency_penalty"),
        Boolean.TRUE.equals(request.flag("logprobs")),
        request.number("top_logprobs"));
  }

  private static Tool tool(Members tool) throws BadModelRequest {
    Members function = tool.object("function");
    if (!tool.requiredText("type").equals("function") || function == null) {
      throw new BadModelRequest(
          "A tool must be of type function and have a function.", tool.path("type"));
    }
    return new Tool(
        function.requiredText("name"),
        function.text("description"),
        function.value("parameters"),
        function.flag("strict"));
  }

  private void message(Members message) throws BadModelRequest {
    String role = message.requiredText("role");
    if (!role.equals("tool")) {
      flushResults();
    }
    switch (role) {
      case "system", "developer" ->
          system
              .append(system.isEmpty() ? "" : "\n\n")
              .append(OpenAiContents.text(message.required("content"), message.path("content")));
      case "user" ->
          turns.add(
              new Turn(
                  Role.User,
                  OpenAiContents.read(message.required("content"), message.path("content"))));
      case "assistant" -> assistant(message);
      case "tool" -> result(message);
      case "function" ->
          throw new BadModelRequest(
              message.path("role") + " function is out of date; use tool.", message.path("role"));
      default ->
          throw new BadModelRequest(
              "A message's role must be system, developer, user, assistant or tool.",
              message.path("role"));
    }
  }

  private void assistant(Members message) throws BadModelRequest {
    var contents = new ArrayList<Content>();
    String thinking = message.text("reasoning_content");
    if (thinking != null && !thinking.isEmpty()) {
      contents.add(new Thinking(thinking));
    }
    JsonNode content = message.value("content");
    if (content != null && !(content.isTextual() && content.textValue().isEmpty())) {
      contents.addAll(OpenAiContents.read(content, message.path("content")));
    }
    List<JsonNode> calls = message.elements("tool_calls");
    for (int i = 0; i < calls.size(); i++) {
      Members call = Members.of(calls.get(i), message.path("tool_calls[" + i + "]"));
      Members function = Members.of(call.required("function"), call.path("function"));
      String id = call.requiredText("id");
      String name = function.requiredText("name");
      String arguments = function.text("arguments");
      toolNames.put(id, name);
      contents.add(
          new ToolUse(
              id,
              name,
              OpenAiContents.arguments(
                  arguments == null ? "" : arguments, function.path("arguments"))));
    }
    message.refuse("function_call", "is out of date; use tool_calls");
    turns.add(new Turn(Role.Assistant, contents));
  }

  private void result(Members message) throws BadModelRequest {
    String id = message.requiredText("tool_call_id");
    results.add(
        new ToolResult(
            id,
            toolNames.getOrDefault(id, ""),
            OpenAiContents.read(message.required("content"), message.path("content")),
            false));
  }

  /** The results of calls that were made together belong to one turn. */
  private void flushResults() {
    if (!results.isEmpty()) {
      turns.add(new Turn(Role.User, results));
      results.clear();
    }
  }
}
