package dev.tollgate.ai.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.tollgate.ai.protocol.request.KeptByProvider;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The one pass over a request's body; it becomes a {@link ModelRequest}. */
final class RequestScan {
  /** OpenAI's newer name of max_tokens. */
  static final String NEWER_MOST = "max_completion_tokens";

  private static final int NONE = -1;
  private static final ConcurrentHashMap<ProtocolLimits, JsonFactory> FACTORIES =
      new ConcurrentHashMap<>();

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
          "template",
          "prediction",
          "response_format",
          "format",
          "text");

  /** Options of Ollama's that are of the loaded model: another value loads it anew, for all. */
  private static final Set<String> OF_LOADED_MODEL =
      Set.of(
          "num_ctx",
          "num_batch",
          "num_gpu",
          "main_gpu",
          "num_thread",
          "use_mmap",
          "use_mlock",
          "low_vram",
          "vocab_only",
          "numa",
          "f16_kv",
          "logits_all",
          "embedding_only");

  /** OpenAI's tiers that cost no more than an answer usually does. */
  private static final Set<String> USUAL_TIERS = Set.of("auto", "default", "flex");

  final Dialect dialect;
  final byte[] body;
  String model = "";
  boolean stream;
  boolean includeUsage;
  @Nullable Long maxTokens;
  private int newerMostFrom = -1;
  private boolean older;
  private boolean newest;
  private long shown = 1;
  private long made = 1;
  private long prompts = 1;
  @Nullable String user;
  @Nullable PromptReference prompt;
  int messages;
  boolean base64;
  private boolean kept;
  final PromptSize size;
  final ToolScan tools;

  private final ProtocolLimits limits;
  private final boolean countOnly;
  private boolean hasInput;
  private int modelFrom = NONE;
  private int modelTo = NONE;
  private int streamOptionsFrom = NONE;
  private int streamOptionsTo = NONE;
  private boolean streamOptionsEmpty;
  private int includeUsageFrom = NONE;
  private int includeUsageTo = NONE;
  private final List<ModelRequest.Fixed> fixed = new ArrayList<>(0);

  /**
   * @param text gathers the text of the prompt; null when only its size is wanted
   * @param countOnly whether no answer is asked for, which then needs no limit
   */
  RequestScan(
      Dialect dialect,
      byte[] body,
      ProtocolLimits limits,
      @Nullable StringBuilder text,
      boolean countOnly) {
    this.dialect = dialect;
    this.body = body;
    this.limits = limits;
    this.countOnly = countOnly;
    this.size = new PromptSize(body, dialect.chat(), text, countOnly && text == null);
    this.tools = new ToolScan(dialect, body, limits, size);
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
        if (name.equals(NEWER_MOST)) {
          newerMostFrom = (int) parser.currentTokenLocation().getByteOffset();
        }
        older |= name.equals("max_tokens");
        newest |= name.equals("max_output_tokens");
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
      throw BadModelRequest.notJson("The body", null, e);
    }
    check();
    return this;
  }

  /** Whether one of the names for the most tokens of an answer is there. */
  boolean namesMost() {
    return older || newest || newerMostFrom >= 0;
  }

  ModelRequest.Places places() {
    return new ModelRequest.Places(
        modelFrom,
        modelTo,
        streamOptionsFrom,
        streamOptionsTo,
        streamOptionsEmpty,
        includeUsageFrom,
        includeUsageTo,
        older ? -1 : newerMostFrom,
        List.copyOf(fixed));
  }

  /** One for all requests with the same limits: making one costs more than reading with it. */
  private JsonFactory factory() {
    return FACTORIES.computeIfAbsent(limits, RequestScan::factory);
  }

  private static JsonFactory factory(ProtocolLimits limits) {
    return JsonFactory.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        // names come from strangers, and would stay interned
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(limits.depth())
                .maxStringLength(limits.requestBytes())
                .build())
        .build();
  }

  private void member(JsonParser parser, String name) throws IOException, BadModelRequest {
    switch (name) {
      case "model" -> model(parser);
      case "stream" -> stream = RequestValues.flag(parser, name, stream);
      case "stream_options" -> streamOptions(parser);
      case "n" -> shown = RequestValues.positive(parser, name, 1);
      case "best_of" -> bestOf(parser, name);
      case "max_tokens" ->
          maxTokens(parser, name, dialect != Dialect.OpenAiResponses && !dialect.ollama());
      case NEWER_MOST -> maxTokens(parser, name, dialect == Dialect.OpenAiChat);
      case "max_output_tokens" -> maxTokens(parser, name, dialect == Dialect.OpenAiResponses);
      case "options" -> options(parser);
      case "keep_alive" -> fix(parser, dialect.ollama(), "null");
      case "service_tier" ->
          fix(
              parser,
              dialect.openAi()
                  && parser.currentToken() != JsonToken.VALUE_NULL
                  && !USUAL_TIERS.contains(parser.getText()),
              "\"default\"");
      case "priority" -> fix(parser, dialect.openAi(), "0"); // vLLM's, of its queue
      case "speed" -> fix(parser, dialect == Dialect.AnthropicMessages, "\"standard\"");
      case "metadata" -> metadata(parser);
      case "user" ->
          user =
              dialect.openAi() ? RequestValues.string(parser, name) : RequestValues.skipped(parser);
      case "encoding_format" -> base64 = "base64".equals(RequestValues.string(parser, name));
      case "prompt" -> prompt(parser);
      case "messages" -> messages(parser);
      case "tools", "functions" -> tools.read(parser, name);
      case "input" -> input(parser);
      default -> {
        kept |= KeptByProvider.suspected(name);
        if (READ_BY_MODEL.contains(name)) {
          size.add(parser, name);
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
    modelFrom = RequestValues.start(parser);
    model = parser.getText();
    modelTo = RequestValues.end(parser);
  }

  private void streamOptions(JsonParser parser) throws IOException, BadModelRequest {
    streamOptionsFrom = RequestValues.start(parser);
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      streamOptionsEmpty = true;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        streamOptionsEmpty = false;
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("include_usage")) {
          includeUsageFrom = RequestValues.start(parser);
          includeUsage = RequestValues.flag(parser, "stream_options.include_usage", false);
          includeUsageTo = RequestValues.end(parser);
        } else {
          parser.skipChildren();
        }
      }
    } else if (parser.currentToken() == JsonToken.VALUE_NULL) {
      streamOptionsTo = RequestValues.end(parser);
    } else {
      throw new BadModelRequest("stream_options must be an object.", "stream_options");
    }
  }

  private void maxTokens(JsonParser parser, String name, boolean mine)
      throws IOException, BadModelRequest {
    if (!mine) {
      parser.skipChildren();
    } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
      long tokens = RequestValues.positive(parser, name, 0);
      // of two, backends follow one or the other
      maxTokens = maxTokens == null ? tokens : Math.max(maxTokens, tokens);
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
        if (RequestValues.isTooLarge(parser)) {
          throw new BadModelRequest(
              "options.num_predict is too large a number.", "options.num_predict");
        }
        if (value != JsonToken.VALUE_NUMBER_INT) {
          throw new BadModelRequest(
              "options.num_predict must be a whole number.", "options.num_predict");
        }
        maxTokens = parser.getLongValue() < 0 ? null : Long.valueOf(parser.getLongValue());
      } else {
        fix(parser, OF_LOADED_MODEL.contains(name), "null");
      }
    }
  }

  /**
   * Skips a value, and notes that the backend gets another: what the provider charges, and how a
   * server holds the model that all tenants use, is not for one of them to say.
   */
  private void fix(JsonParser parser, boolean wanted, String literal) throws IOException {
    int from = RequestValues.start(parser);
    parser.skipChildren();
    parser.finishToken(); // a string is read to its end only when it is asked for
    if (wanted) {
      fixed.add(new ModelRequest.Fixed(from, RequestValues.end(parser), literal));
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
        user = RequestValues.string(parser, "metadata.user_id");
      } else {
        parser.skipChildren();
      }
    }
  }

  private void prompt(JsonParser parser) throws IOException, BadModelRequest {
    if (dialect.chat() && dialect != Dialect.OpenAiResponses) {
      if (parser.currentToken() != JsonToken.VALUE_NULL) {
        prompt = PromptReference.read(parser);
      }
      return;
    }
    boolean text = inputMember().equals("prompt");
    if (text && parser.currentToken() == JsonToken.START_OBJECT) {
      throw new BadModelRequest(
          "prompt must be text here: prompts of /v1/prompts are called by /v1/chat/completions or"
              + " /v1/prompts/NAME/run.",
          "prompt");
    }
    hasInput |= parser.currentToken() != JsonToken.VALUE_NULL;
    if (dialect != Dialect.OpenAiCompletions || parser.currentToken() != JsonToken.START_ARRAY) {
      size.add(parser, "prompt");
      return;
    }
    long several = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      // numbers are the tokens of a single prompt
      several += parser.currentToken().isNumeric() ? 0 : 1;
      size.add(parser, "prompt");
    }
    prompts = Math.max(1, several);
  }

  /** Answers of which the best are shown; all of them are on the bill. */
  private void bestOf(JsonParser parser, String name) throws IOException, BadModelRequest {
    if (dialect == Dialect.OpenAiCompletions) {
      made = RequestValues.positive(parser, name, 1);
    } else {
      parser.skipChildren();
    }
  }

  /** How many answers are made. */
  int answers() {
    long each = Math.min(Integer.MAX_VALUE, Math.max(shown, made));
    return (int) Math.min(Integer.MAX_VALUE, each * prompts);
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
      size.add(parser, "messages");
    }
  }

  /** Whether it may name what the provider keeps. */
  boolean mayNameKept() {
    return kept || tools.mayNameKept() || size.mayNameKept() || dialect == Dialect.OpenAiResponses;
  }

  private void input(JsonParser parser) throws IOException {
    hasInput |= parser.currentToken() != JsonToken.VALUE_NULL;
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      size.add(parser, "input");
      return;
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      messages++;
      size.add(parser, "input");
    }
  }

  private void check() throws BadModelRequest {
    if (model.isEmpty()) {
      throw new BadModelRequest("The request must name a model.", "model");
    }
    if (dialect == Dialect.AnthropicMessages && maxTokens == null && !countOnly) {
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
      case OpenAiCompletions, OllamaGenerate, OllamaEmbeddings -> "prompt";
      case OpenAiEmbeddings, OpenAiResponses, OllamaEmbed -> "input";
    };
  }
}
