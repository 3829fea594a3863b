package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.ToolNamespaces;
import dev.tollgate.ai.protocol.request.ChatRequest.Content;
import dev.tollgate.ai.protocol.request.ChatRequest.Role;
import dev.tollgate.ai.protocol.request.ChatRequest.Sampling;
import dev.tollgate.ai.protocol.request.ChatRequest.Text;
import dev.tollgate.ai.protocol.request.ChatRequest.Tool;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolResult;
import dev.tollgate.ai.protocol.request.ChatRequest.ToolUse;
import dev.tollgate.ai.protocol.request.ChatRequest.Turn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads OpenAI's responses, as far as they need nothing that is kept between two calls. */
final class ResponsesRequestReader {

  private static final String STATELESS =
      "needs answers that are kept, and none are: send the whole conversation as input";
  private static final String ELSEWHERE = "is not known in the protocol of this model";

  private final List<Turn> turns = new ArrayList<>();
  private final Map<String, String> toolNames = new HashMap<>();
  private final Map<String, String> namespaces = new HashMap<>();
  private final StringBuilder system = new StringBuilder();
  private Role role = Role.User;
  private List<Content> open = new ArrayList<>();

  ChatRequest read(ObjectNode body) throws BadModelRequest {
    var request = new Members(body, "");
    String instructions = request.text("instructions");
    system.append(instructions == null ? "" : instructions);
    input(request);
    var tools = new ArrayList<Tool>();
    List<JsonNode> declared = request.elements("tools");
    for (int i = 0; i < declared.size(); i++) {
      tools(Members.of(declared.get(i), "tools[" + i + "]"), tools);
    }
    refuse(request);
    Members text = request.object("text");
    Members reasoning = request.object("reasoning");
    var chat =
        new ChatRequest(
            system.isEmpty() ? null : system.toString(),
            turns,
            tools,
            OpenAiContents.toolChoice(request),
            request.flag("parallel_tool_calls"),
            OpenAiContents.format(text == null ? null : text.object("format")),
            sampling(request),
            reasoning == null ? null : reasoning.text("effort"),
            request.text("user"),
            Boolean.TRUE.equals(request.flag("stream")));
    request
        .ignore("model", "store", "metadata", "service_tier", "stream_options", "truncation")
        .ignore("safety_identifier", "prompt_cache_key", "prompt_cache_retention")
        .ignore("client_metadata", "access_programs") // Codex sends them with every call
        .refuseOthers();
    return chat;
  }

  private static void refuse(Members request) throws BadModelRequest {
    request.refuse("previous_response_id", STATELESS);
    request.refuse("conversation", STATELESS);
    request.refuse("prompt", KeptByProvider.PROMPT);
    request.refuse("max_tool_calls", ELSEWHERE);
    request.refuseUnlessZero("top_logprobs", ELSEWHERE);
    if (Boolean.TRUE.equals(request.flag("background"))) {
      throw new BadModelRequest("background " + STATELESS + ".", "background");
    }
    for (JsonNode include : request.elements("include")) {
      // without reasoning items there is nothing to encrypt
      if (!include.asText().equals("reasoning.encrypted_content")) {
        throw new BadModelRequest(
            "include " + ELSEWHERE + ": " + include.asText() + ".", "include");
      }
    }
  }

  private static Sampling sampling(Members request) throws BadModelRequest {
    return new Sampling(
        request.number("temperature"),
        request.number("top_p"),
        null,
        request.number("max_output_tokens"),
        List.of(),
        null,
        null,
        null,
        false,
        null);
  }

  /** A function, or those of a namespace. */
  private void tools(Members tool, List<Tool> to) throws BadModelRequest {
    if (!tool.requiredText("type").equals("namespace")) {
      var one = tool(tool);
      named(one.name(), "", tool);
      to.add(one);
      return;
    }
    String namespace = tool.requiredText("name");
    List<JsonNode> members = tool.elements("tools");
    for (int i = 0; i < members.size(); i++) {
      Tool one = tool(Members.of(members.get(i), tool.path("tools") + "[" + i + "]"));
      String name = ToolNamespaces.flat(namespace, one.name());
      named(name, namespace, tool);
      to.add(new Tool(name, one.description(), one.parameters(), one.strict()));
    }
  }

  /** Two tools with one flat name could not be told apart in the answer. */
  private void named(String name, String namespace, Members tool) throws BadModelRequest {
    String before = namespaces.put(name, namespace);
    if (before != null && !(before.isEmpty() && namespace.isEmpty())) {
      throw new BadModelRequest(
          "Two tools are called "
              + name
              + " where there are no namespaces, as for this model: give one of them another name.",
          tool.path());
    }
  }

  private static Tool tool(Members tool) throws BadModelRequest {
    String type = tool.requiredText("type");
    if (!type.equals("function")) {
      throw new BadModelRequest(
          "A tool must be of type function, and one is of type "
              + type
              + ": tools of OpenAI's own are not there for this model.",
          tool.path("type"));
    }
    return new Tool(
        tool.requiredText("name"),
        tool.text("description"),
        tool.value("parameters"),
        tool.flag("strict"));
  }

  private void input(Members request) throws BadModelRequest {
    JsonNode input = request.required("input");
    if (input.isTextual()) {
      turns.add(new Turn(Role.User, List.of(new Text(input.textValue()))));
      return;
    }
    List<JsonNode> items = request.elements("input");
    for (int i = 0; i < items.size(); i++) {
      item(Members.of(items.get(i), "input[" + i + "]"));
    }
    close();
  }

  private void item(Members item) throws BadModelRequest {
    String type = item.text("type");
    switch (type == null ? "message" : type) {
      case "message" -> message(item);
      case "function_call" -> {
        String id = item.requiredText("call_id");
        String namespace = item.text("namespace");
        String own = item.requiredText("name");
        String name = namespace == null ? own : ToolNamespaces.flat(namespace, own);
        toolNames.put(id, name);
        add(
            Role.Assistant,
            new ToolUse(
                id,
                name,
                OpenAiContents.arguments(item.requiredText("arguments"), item.path("arguments"))));
      }
      case "function_call_output" -> {
        String id = item.requiredText("call_id");
        add(
            Role.User,
            new ToolResult(
                id,
                toolNames.getOrDefault(id, ""),
                OpenAiContents.read(item.required("output"), item.path("output")),
                false));
      }
      case "reasoning" -> {
        // only the model that wrote it can read it
      }
      case "item_reference" ->
          throw new BadModelRequest(
              "An item_reference " + STATELESS + ", and set store to false.", item.path("type"));
      default ->
          throw new BadModelRequest(
              "An item of type " + type + " cannot be passed on to the protocol of this model.",
              item.path("type"));
    }
  }

  private void message(Members item) throws BadModelRequest {
    String who = item.requiredText("role");
    JsonNode content = item.required("content");
    switch (who) {
      case "system", "developer" ->
          system
              .append(system.isEmpty() ? "" : "\n\n")
              .append(OpenAiContents.text(content, item.path("content")));
      case "user", "assistant" -> {
        Role speaker = who.equals("user") ? Role.User : Role.Assistant;
        for (Content part : OpenAiContents.read(content, item.path("content"))) {
          add(speaker, part);
        }
      }
      default ->
          throw new BadModelRequest(
              "A message's role must be system, developer, user or assistant.", item.path("role"));
    }
  }

  private void add(Role speaker, Content content) {
    if (speaker != role) {
      close();
      role = speaker;
    }
    open.add(content);
  }

  private void close() {
    if (!open.isEmpty()) {
      turns.add(new Turn(role, open));
      open = new ArrayList<>();
    }
  }
}
