package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The one pass over a request's body; it becomes a {@link ModelRequest}. */
final class RequestScan {

  private static final int NONE = -1;

  /** Members that the model reads as text, in whatever depth they have strings. */
  private static final Set<String> READ_BY_MODEL =
      Set.of(
          "messages",
          "system",
          "input",
          "prompt",
          "instructions",
          "tools",
          "functions",
          "suffix",
          "response_format",
          "format",
          "text");

  /** Members within those that are no text to the model. */
  private static final Set<String> NO_TEXT =
      Set.of(
          "type",
          "role",
          "id",
          "call_id",
          "tool_call_id",
          "tool_use_id",
          "media_type",
          "url",
          "data",
          "file_data",
          "file_id",
          "detail",
          "signature",
          "encrypted_content",
          "status");

  /** Members whose strings are images. */
  private static final Set<String> IMAGES = Set.of("image_url", "images");

  private static final ObjectMapper MAPPER = new ObjectMapper();

  final Dialect dialect;
  final byte[] body;
  String model = "";
  boolean stream;
  boolean includeUsage;
  @Nullable Long maxTokens;
  int n = 1;
  @Nullable String user;
  @Nullable PromptReference prompt;
  long promptBytes;
  int messages;
  int images;
  boolean tools;

  private final ProtocolLimits limits;
  private boolean hasInput;
  private int modelFrom = NONE;
  private int modelTo = NONE;
  private int streamOptionsFrom = NONE;
  private int streamOptionsTo = NONE;
  private boolean streamOptionsEmpty;
  private int includeUsageFrom = NONE;
  private int includeUsageTo = NONE;

  RequestScan(Dialect dialect, byte[] body, ProtocolLimits limits) {
    this.dialect = dialect;
    this.body = body;
    this.limits = limits;
    this.stream = dialect == Dialect.OllamaChat || dialect == Dialect.OllamaGenerate;
  }

  RequestScan read() throws BadModelRequest {
    if (body.length > limits.requestBytes()) {
      throw new BadModelRequest(
          "The request has "
              + body.length
              + " bytes, and at most "
              + limits.requestBytes()
              + " are allowed.",
          null);
    }
    // other encodings would be read in another way than the backend reads them
    if (body.length == 0 || body[0] < 0 || (body.length > 1 && (body[0] == 0 || body[1] == 0))) {
      throw new BadModelRequest("The body must be a JSON object in UTF-8.", null);
    }
    try (JsonParser parser = factory().createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new BadModelRequest("The body must be a JSON object.", null);
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        member(parser, name);
      }
      if (parser.nextToken() != null) {
        throw new BadModelRequest("Something follows the JSON object of the body.", null);
      }
    } catch (StreamConstraintsException e) {
      throw new BadModelRequest(
          "The body is nested more than "
              + limits.depth()
              + " deep, or has a name or number that is too long.",
          null);
    } catch (IOException e) {
      throw new BadModelRequest("The body is not JSON: " + reason(e), null);
    }
    check();
    return this;
  }

  ModelRequest.Places places() {
    return new ModelRequest.Places(
        modelFrom,
        modelTo,
        streamOptionsFrom,
        streamOptionsTo,
        streamOptionsEmpty,
        includeUsageFrom,
        includeUsageTo);
  }

  private JsonFactory factory() {
    return JsonFactory.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(limits.depth())
                .maxStringLength(limits.requestBytes())
                .build())
        .build();
  }

  /** Jackson's first line, which has the reason; the rest quotes the source. */
  private static String reason(IOException e) {
    String message =
        e instanceof com.fasterxml.jackson.core.JsonProcessingException json
            ? json.getOriginalMessage()
            : e.getMessage();
    return String.valueOf(message) + ".";
  }

  private void member(JsonParser parser, String name) throws IOException, BadModelRequest {
    switch (name) {
      case "model" -> model(parser);
      case "stream" -> stream = flag(parser, name, stream);
      case "stream_options" -> streamOptions(parser);
      case "n" -> n = (int) Math.min(Integer.MAX_VALUE, positive(parser, name, 1));
      case "max_tokens" ->
          maxTokens(parser, name, dialect != Dialect.OpenAiResponses && !dialect.ollama());
      case "max_completion_tokens" -> maxTokens(parser, name, dialect == Dialect.OpenAiChat);
      case "max_output_tokens" -> maxTokens(parser, name, dialect == Dialect.OpenAiResponses);
      case "options" -> options(parser);
      case "metadata" -> metadata(parser);
      case "user" -> user = dialect.openAi() ? string(parser, name) : skipped(parser);
      case "prompt" -> prompt(parser);
      case "messages" -> messages(parser);
      case "tools", "functions" -> tools(parser, name);
      case "input" -> input(parser);
      default -> {
        if (READ_BY_MODEL.contains(name)) {
          text(parser, name);
        } else {
          parser.skipChildren();
        }
      }
    }
  }

  private void model(JsonParser parser) throws IOException, BadModelRequest {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new BadModelRequest("The model must be a string.", "model");
    }
    modelFrom = start(parser);
    model = parser.getText();
    modelTo = end(parser);
  }

  private void streamOptions(JsonParser parser) throws IOException, BadModelRequest {
    streamOptionsFrom = start(parser);
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      streamOptionsEmpty = true;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        streamOptionsEmpty = false;
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("include_usage")) {
          includeUsageFrom = start(parser);
          includeUsage = flag(parser, "stream_options.include_usage", false);
          includeUsageTo = end(parser);
        } else {
          parser.skipChildren();
        }
      }
    } else if (parser.currentToken() == JsonToken.VALUE_NULL) {
      streamOptionsTo = end(parser);
    } else {
      throw new BadModelRequest("stream_options must be an object.", "stream_options");
    }
  }

  private void maxTokens(JsonParser parser, String name, boolean mine)
      throws IOException, BadModelRequest {
    if (!mine) {
      parser.skipChildren();
    } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
      long tokens = positive(parser, name, 0);
      maxTokens = maxTokens == null ? tokens : Math.min(maxTokens, tokens);
    }
  }

  /** Ollama's options; a negative number of tokens means no limit. */
  private void options(JsonParser parser) throws IOException, BadModelRequest {
    if (!dialect.ollama() || parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("num_predict") && value != JsonToken.VALUE_NULL) {
        if (value != JsonToken.VALUE_NUMBER_INT) {
          throw new BadModelRequest(
              "options.num_predict must be a whole number.", "options.num_predict");
        }
        maxTokens = parser.getLongValue() < 0 ? null : Long.valueOf(parser.getLongValue());
      } else {
        parser.skipChildren();
      }
    }
  }

  private void metadata(JsonParser parser) throws IOException, BadModelRequest {
    if (dialect != Dialect.AnthropicMessages || parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (name.equals("user_id")) {
        user = string(parser, "metadata.user_id");
      } else {
        parser.skipChildren();
      }
    }
  }

  private void prompt(JsonParser parser) throws IOException, BadModelRequest {
    if (dialect.chat() && dialect != Dialect.OpenAiResponses) {
      if (parser.currentToken() != JsonToken.VALUE_NULL) {
        prompt = reference(parser);
      }
      return;
    }
    hasInput |= parser.currentToken() != JsonToken.VALUE_NULL;
    text(parser, "prompt");
  }

  private static PromptReference reference(JsonParser parser) throws IOException, BadModelRequest {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new BadModelRequest(
          "prompt must be an object with a name, and a version or a label.", "prompt");
    }
    ObjectNode node = MAPPER.readTree(parser);
    String name = text(node, "name");
    if (name == null || name.isEmpty()) {
      throw new BadModelRequest("prompt.name must name a prompt.", "prompt.name");
    }
    String version = text(node, "version");
    String label = text(node, "label");
    if (version != null && label != null) {
      throw new BadModelRequest("prompt takes a version or a label, not both.", "prompt.label");
    }
    ObjectNode variables = MAPPER.createObjectNode();
    if (node.hasNonNull("variables")) {
      if (!(node.get("variables") instanceof ObjectNode object)) {
        throw new BadModelRequest("prompt.variables must be an object.", "prompt.variables");
      }
      variables = object;
    }
    return new PromptReference(name, version, label, variables);
  }

  private static @Nullable String text(ObjectNode node, String name) throws BadModelRequest {
    if (!node.hasNonNull(name)) {
      return null;
    }
    if (node.get(name).isTextual() || node.get(name).isIntegralNumber()) {
      return node.get(name).asText();
    }
    throw new BadModelRequest("prompt." + name + " must be a string.", "prompt." + name);
  }

  private void messages(JsonParser parser) throws IOException, BadModelRequest {
    if (!dialect.chat() || dialect == Dialect.OpenAiResponses) {
      parser.skipChildren();
      return;
    }
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new BadModelRequest("messages must be an array.", "messages");
    }
    hasInput = true;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw new BadModelRequest("A message must be an object.", "messages[" + messages + "]");
      }
      if (++messages > limits.messages()) {
        throw new BadModelRequest(
            "There are more than " + limits.messages() + " messages.", "messages");
      }
      text(parser, "messages");
    }
  }

  private void tools(JsonParser parser, String name) throws IOException, BadModelRequest {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      text(parser, name);
      return;
    }
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      tools = true;
      if (++count > limits.tools()) {
        throw new BadModelRequest("There are more than " + limits.tools() + " tools.", name);
      }
      // the names of a schema's members are read by the model too
      int from = start(parser);
      parser.skipChildren();
      promptBytes += end(parser) - from;
    }
  }

  private void input(JsonParser parser) throws IOException {
    hasInput |= parser.currentToken() != JsonToken.VALUE_NULL;
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      text(parser, "input");
      return;
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      messages++;
      text(parser, "input");
    }
  }

  /** Counts the text of one value; the parser is left at its last token. */
  private void text(JsonParser parser, String member) throws IOException {
    int depth = 0;
    String name = member;
    int imagesFrom = IMAGES.contains(member) ? 0 : Integer.MAX_VALUE;
    do {
      switch (parser.currentToken()) {
        case START_OBJECT, START_ARRAY -> {
          depth++;
          if (imagesFrom == Integer.MAX_VALUE && IMAGES.contains(name)) {
            imagesFrom = depth;
            images += name.equals("image_url") ? 1 : 0;
          }
        }
        case END_OBJECT, END_ARRAY -> {
          if (depth == imagesFrom) {
            imagesFrom = Integer.MAX_VALUE;
          }
          depth--;
          name = "";
        }
        case FIELD_NAME -> name = parser.currentName();
        case VALUE_STRING -> {
          if (imagesFrom != Integer.MAX_VALUE) {
            images += name.equals("images") ? 1 : 0;
          } else if (IMAGES.contains(name)) {
            images++;
          } else if (!NO_TEXT.contains(name)) {
            promptBytes += length(parser);
          } else if (name.equals("type") && depth > 1 && parser.getText().equals("image")) {
            images++;
          }
        }
        case VALUE_NUMBER_INT -> promptBytes += dialect.chat() ? 0 : 4; // a token by its number
        default -> {}
      }
    } while (depth > 0 && parser.nextToken() != null);
  }

  private static int length(JsonParser parser) throws IOException {
    int from = start(parser);
    parser.finishToken();
    return end(parser) - from - 2;
  }

  private boolean flag(JsonParser parser, String name, boolean unsaid) throws BadModelRequest {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> unsaid;
      default -> throw new BadModelRequest(name + " must be true or false.", name);
    };
  }

  private static long positive(JsonParser parser, String name, long unsaid)
      throws IOException, BadModelRequest {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return unsaid;
    }
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 1) {
      throw new BadModelRequest(name + " must be a whole number of 1 or more.", name);
    }
    return parser.getLongValue();
  }

  private static @Nullable String string(JsonParser parser, String name)
      throws IOException, BadModelRequest {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> parser.getText();
      case VALUE_NULL -> null;
      default -> throw new BadModelRequest(name + " must be a string.", name);
    };
  }

  private static @Nullable String skipped(JsonParser parser) throws IOException {
    parser.skipChildren();
    return null;
  }

  private static int start(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  private static int end(JsonParser parser) {
    return (int) parser.currentLocation().getByteOffset();
  }

  private void check() throws BadModelRequest {
    if (model.isEmpty()) {
      throw new BadModelRequest("The request must name a model.", "model");
    }
    if (dialect == Dialect.AnthropicMessages && maxTokens == null) {
      throw new BadModelRequest("max_tokens is required.", "max_tokens");
    }
    boolean needed = dialect != Dialect.OllamaGenerate && dialect != Dialect.OllamaChat;
    if (needed && !hasInput && prompt == null) {
      String member = inputMember();
      throw new BadModelRequest("The request must have " + member + ".", member);
    }
  }

  private String inputMember() {
    return switch (dialect) {
      case OpenAiChat, AnthropicMessages, OllamaChat -> "messages";
      case OpenAiCompletions, OllamaGenerate -> "prompt";
      case OpenAiEmbeddings, OpenAiResponses, OllamaEmbed -> "input";
    };
  }
}
