package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a request may name of what the provider keeps: earlier answers, conversations, files,
 * containers. All tenants use the provider's one account, so it could be another tenant's, and is
 * refused.
 */
public final class KeptByProvider {

  private static final String REFUSED =
      "names what is kept at the provider, in an account that all tenants share: send ";
  private static final String INPUT = REFUSED + "the whole conversation as input";
  private static final String CONTENT = REFUSED + "the content itself";

  /** Why {@code prompt} is refused in responses. */
  static final String PROMPT =
      "is not for responses: prompts kept at OpenAI cannot be called, and those of /v1/prompts are"
          + " called by /v1/chat/completions or /v1/prompts/NAME/run";

  /** Names of members, at any depth, that refer to what is kept. */
  private static final Set<String> REFERENCES =
      Set.of(
          "file_id", "file_ids", "vector_store_ids", "container", "connector_id", "cached_content");

  /** What an address that anybody can read, or the content itself, begins with. */
  private static final Set<String> OPEN_SCHEMES = Set.of("http", "https", "data");

  /** Begins the name of a file where others take text: Alibaba's models for long documents. */
  private static final String FILE = "fileid://";

  private static final Pattern SCHEME =
      Pattern.compile("\\s*([A-Za-z][A-Za-z0-9+.-]*)://.*", Pattern.DOTALL);

  /** Members that hold names of the caller's own, or say again what the provider has said. */
  private static final Set<String> FREE =
      Set.of("parameters", "input_schema", "arguments", "annotations", "citations");

  /** What Google's members of a chat are in. */
  private static final String EXTRA = "extra_body";

  /** Members of a chat that refer to what is kept. */
  private static final Set<String> OF_CHAT =
      Set.of(
          "previous_response_id",
          "conversation",
          "container",
          "vector_store_ids",
          "file_ids",
          "data_sources",
          "cached_content");

  /** Types of elements of responses that refer to what is kept, besides items. */
  private static final Set<String> OF_RESPONSES = Set.of("container_reference", "skill_reference");

  private KeptByProvider() {}

  /** Whether a member of a chat by this name, beside the messages, has to be looked at. */
  public static boolean suspected(String name) {
    return OF_CHAT.contains(name) || name.equals(EXTRA);
  }

  /** Whether a member by this name, within messages and tools, has to be looked at. */
  public static boolean suspectedWithin(String name) {
    return REFERENCES.contains(name) || name.equals("audio");
  }

  /**
   * Whether a string of a body has to be looked at, by how it begins: it may be a file's name where
   * an address stands ({@code ms://}, {@code gs://}) or in place of text ({@code fileid://}).
   *
   * @param quote where the string begins in the body, with its quote
   */
  public static boolean suspectedText(String name, byte[] body, int quote) {
    int at = quote + 1;
    if (ofAddress(name)) {
      return !begins(body, at, "http") && !begins(body, at, "data:");
    }
    while (at + 1 < body.length && (body[at] == ' ' || ofLine(body, at))) {
      at += body[at] == ' ' ? 1 : 2;
    }
    for (int i = 0; i < FILE.length() && at + i < body.length; i++) {
      if (body[at + i] != FILE.charAt(i)) {
        return body[at + i] == '\\'; // it may be written with escapes
      }
    }
    return true;
  }

  private static boolean ofAddress(String name) {
    return name.endsWith("url");
  }

  private static boolean ofLine(byte[] body, int at) {
    return body[at] == '\\' && "nrt".indexOf(body[at + 1]) >= 0;
  }

  private static boolean begins(byte[] body, int at, String with) {
    for (int i = 0; i < with.length(); i++) {
      if (at + i >= body.length || body[at + i] != with.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Refuses messages, made of a request in another dialect, in which a file that the provider keeps
   * is named.
   */
  static void refuseFiles(JsonNode messages) throws BadModelRequest {
    files(messages, "messages");
  }

  /**
   * @throws BadModelRequest when it names something of the kind
   */
  public static void refuse(Dialect dialect, byte[] body) throws BadModelRequest {
    var tree = Json.object(body);
    switch (dialect) {
      case OpenAiResponses -> responses(tree);
      case OpenAiChat -> chat(tree);
      case AnthropicMessages -> messages(tree);
      default -> {
        // these have no word for it
      }
    }
  }

  private static void responses(ObjectNode tree) throws BadModelRequest {
    var request = new Members(tree, "");
    request.refuse("previous_response_id", INPUT);
    request.refuse("conversation", INPUT);
    request.refuse("prompt", PROMPT);
    if (Boolean.TRUE.equals(request.flag("background"))) {
      throw new BadModelRequest(
          "background needs an answer that is kept at the provider, and none is.", "background");
    }
    references(tree.path("instructions"), "instructions", INPUT);
    references(tree.path("input"), "input", INPUT);
    references(tree.path("tools"), "tools", INPUT);
  }

  private static void chat(ObjectNode tree) throws BadModelRequest {
    var request = new Members(tree, "");
    for (var name : OF_CHAT) {
      request.refuse(name, CONTENT);
    }
    references(tree.path(EXTRA), EXTRA, CONTENT);
    references(tree.path("tools"), "tools", CONTENT);
    var messages = tree.path("messages");
    for (int i = 0; i < messages.size(); i++) {
      var at = "messages[" + i + "]";
      new Members((ObjectNode) messages.get(i), at).refuse("audio", CONTENT); // an answer by its id
      references(messages.get(i), at, CONTENT);
    }
  }

  private static void messages(ObjectNode tree) throws BadModelRequest {
    var container = tree.path("container");
    if (!container.isMissingNode() && !container.isNull() && !made(container)) {
      throw new BadModelRequest("container " + CONTENT + ".", "container");
    }
    references(tree.path("system"), "system", CONTENT);
    references(tree.path("messages"), "messages", CONTENT);
  }

  /** Whether Anthropic makes the container for this call, with no skills but its own. */
  private static boolean made(JsonNode container) {
    for (var skill : container.path("skills")) {
      if (!skill.path("type").asText().equals("anthropic")) {
        return false;
      }
    }
    return container.isObject() && !container.hasNonNull("id");
  }

  private static void references(JsonNode node, String path, String why) throws BadModelRequest {
    file(node, path);
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        references(node.get(i), path + "[" + i + "]", why);
      }
      return;
    }
    var type = node.path("type").asText();
    if (OF_RESPONSES.contains(type)) { // a container or a skill by its id
      throw new BadModelRequest("An element of type " + type + " " + why + ".", path);
    }
    if (type.equals("item_reference")) {
      throw new BadModelRequest("An item_reference " + INPUT + ", and set store to false.", path);
    }
    for (var member : node.properties()) {
      var name = member.getKey();
      var at = path + "." + name;
      boolean input = name.equals("input") && type.endsWith("tool_use");
      if (FREE.contains(name) || input) {
        continue;
      }
      // what a provider's tool has made is told with its name, and told again in the next call
      boolean told = type.endsWith("_output") && name.equals("file_id");
      if (REFERENCES.contains(name) && !told && !ofOwn(member.getValue())) {
        throw new BadModelRequest(at + " " + why + ".", at);
      }
      references(member.getValue(), at, why);
    }
  }

  private static void files(JsonNode node, String path) throws BadModelRequest {
    file(node, path);
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      files(node.get(i), path + "[" + i + "]");
    }
    for (var member : node.properties()) {
      if (!FREE.contains(member.getKey())) {
        files(member.getValue(), path + "." + member.getKey());
      }
    }
  }

  /** Refuses a string that is a file's name. */
  private static void file(JsonNode node, String path) throws BadModelRequest {
    if (!node.isTextual()) {
      return;
    }
    var text = node.textValue();
    var scheme = SCHEME.matcher(ofAddress(path) ? text : "");
    boolean closed =
        scheme.matches() && !OPEN_SCHEMES.contains(scheme.group(1).toLowerCase(Locale.ROOT));
    if (closed || text.stripLeading().startsWith(FILE)) {
      throw new BadModelRequest(path + " " + CONTENT + ".", path);
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
