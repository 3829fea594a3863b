package dev.tollgate.ai.protocol.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a chat asks of a model, whatever its dialect.
 *
 * @param system the instructions; null when there are none
 * @param turns what was said so far
 * @param tools the tools the model may call
 * @param toolChoice whether it may or must; null when it is left to the model
 * @param parallelTools whether it may call several at once; null when nothing is said
 * @param format the shape of the answer; null for plain text
 * @param sampling how tokens are chosen
 * @param effort how much to think: {@code none}, {@code minimal}, {@code low}, {@code medium},
 *     {@code high} and the like; null when it is left to the model
 * @param user the end user; null when the client does not name him
 * @param stream whether the answer is to be streamed
 */
record ChatRequest(
    @Nullable String system,
    List<Turn> turns,
    List<Tool> tools,
    @Nullable ToolChoice toolChoice,
    @Nullable Boolean parallelTools,
    @Nullable Format format,
    Sampling sampling,
    @Nullable String effort,
    @Nullable String user,
    boolean stream) {

  ChatRequest {
    turns = List.copyOf(turns);
    tools = List.copyOf(tools);
  }

  /** Who speaks. */
  enum Role {
    User,
    Assistant
  }

  /** What one side says; results of tools are the user's. */
  record Turn(Role role, List<Content> contents) {
    Turn {
      contents = List.copyOf(contents);
    }
  }

  /** A piece of a turn. */
  sealed interface Content {}

  /** Words. */
  record Text(String text) implements Content {}

  /** A picture: a URL, or Base64 with its media type. */
  record Image(String mediaType, @Nullable String base64, @Nullable String url)
      implements Content {}

  /** The model's reasoning in an earlier turn. */
  record Thinking(String text) implements Content {}

  /** The model calls a tool. */
  record ToolUse(String id, String name, ObjectNode input) implements Content {}

  /**
   * What a tool gave back.
   *
   * @param contents texts and images
   */
  record ToolResult(String id, String name, List<Content> contents, boolean error)
      implements Content {
    ToolResult {
      contents = List.copyOf(contents);
    }

    /** Of the contents those that are words. */
    String text() {
      return contents.stream()
          .filter(Text.class::isInstance)
          .map(content -> ((Text) content).text())
          .collect(Collectors.joining("\n"));
    }

    /** Of the contents those that are images. */
    List<Image> images() {
      return contents.stream().filter(Image.class::isInstance).map(Image.class::cast).toList();
    }
  }

  /**
   * A tool.
   *
   * @param parameters JSON Schema; null for none
   * @param strict whether its arguments must follow the schema; null when nothing is said
   */
  record Tool(
      String name,
      @Nullable String description,
      @Nullable JsonNode parameters,
      @Nullable Boolean strict) {
    Tool(String name, @Nullable String description, @Nullable JsonNode parameters) {
      this(name, description, parameters, null);
    }
  }

  /** Whether tools are to be called. */
  sealed interface ToolChoice {
    /** As the model likes. */
    record Auto() implements ToolChoice {}

    /** Not at all. */
    record None() implements ToolChoice {}

    /** At least one. */
    record Required() implements ToolChoice {}

    /** This one. */
    record Named(String name) implements ToolChoice {}
  }

  /**
   * JSON as the answer.
   *
   * @param schema what it must follow; null for any object
   * @param strict whether it must follow it to the letter; null when nothing is said
   */
  record Format(@Nullable String name, @Nullable JsonNode schema, @Nullable Boolean strict) {
    Format(@Nullable String name, @Nullable JsonNode schema) {
      this(name, schema, null);
    }
  }

  /** How tokens are chosen; null where it is left to the model. */
  record Sampling(
      @Nullable JsonNode temperature,
      @Nullable JsonNode topP,
      @Nullable JsonNode topK,
      @Nullable JsonNode maxTokens,
      List<String> stop,
      @Nullable JsonNode seed,
      @Nullable JsonNode presencePenalty,
      @Nullable JsonNode frequencyPenalty,
      boolean logprobs,
      @Nullable JsonNode topLogprobs) {
    Sampling {
      stop = List.copyOf(stop);
    }
  }
}
