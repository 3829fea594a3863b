package dev.tollgate.ai.route;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.ai.guard.OutputBound;
import dev.tollgate.ai.prompt.PromptCalls;
import dev.tollgate.ai.prompt.RenderedPrompt;
import dev.tollgate.ai.prompt.WantedPrompt;
import dev.tollgate.ai.protocol.BadModelRequest;
import dev.tollgate.ai.protocol.Dialect;
import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.ai.protocol.PromptMessage;
import dev.tollgate.ai.protocol.PromptReference;
import dev.tollgate.ai.protocol.request.PromptParameters;
import dev.tollgate.ai.route.ModelTask.PromptUse;
import dev.tollgate.core.access.Principal;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Calls that name a prompt in place of messages: the prompt is rendered, its model is called, and
 * its parameters hold where the call does not set them; of two bounds of the answer, the smaller.
 */
@Singleton
final class PromptedRequests {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Members of a run that are about the prompt, and not for the model. */
  private static final List<String> OF_THE_RUN =
      List.of("version", "label", "experiment", "variables");

  /**
   * Members of a run that are for the model: what OpenAI's chat takes, without the model, which is
   * the prompt's. Source: OpenAI's API reference, create chat completion.
   */
  private static final Set<String> OF_A_CHAT =
      Set.of(
          "audio",
          "frequency_penalty",
          "function_call",
          "functions",
          "logit_bias",
          "logprobs",
          "max_completion_tokens",
          "max_tokens",
          "messages",
          "metadata",
          "modalities",
          "n",
          "parallel_tool_calls",
          "prediction",
          "presence_penalty",
          "prompt_cache_key",
          "prompt_cache_retention",
          "reasoning_effort",
          "response_format",
          "safety_identifier",
          "seed",
          "service_tier",
          "stop",
          "store",
          "stream",
          "stream_options",
          "temperature",
          "tool_choice",
          "tools",
          "top_logprobs",
          "top_p",
          "user",
          "verbosity",
          "web_search_options");

  private final PromptCalls calls;

  PromptedRequests(PromptCalls calls) {
    this.calls = calls;
  }

  /** A request with messages, and the prompt that they came from. */
  record Prompted(ModelRequest request, PromptUse use) {}

  /**
   * A chat that may name a prompt.
   *
   * @throws dev.tollgate.ai.prompt.PromptException when the prompt cannot be used so
   */
  Prompted chat(Principal principal, ModelRequest ask) throws BadModelRequest {
    var named = ask.prompt();
    if (named == null) {
      return new Prompted(ask, PromptUse.NONE);
    }
    return prompted(ask.dialect(), object(ask.body()), rendered(principal, named, ask.user()));
  }

  /**
   * A request whose tokens are to be counted, with the messages and the model of the prompt that it
   * may name.
   *
   * @throws dev.tollgate.ai.prompt.PromptException when the prompt cannot be used so
   */
  ModelRequest count(Principal principal, ModelRequest ask) throws BadModelRequest {
    var named = ask.prompt();
    if (named == null) {
      return ask;
    }
    var rendered = rendered(principal, named, ask.user());
    // a request with a prompt needs a bound of its answer, which is not counted
    var whole = object(ask.body()).put("model", rendered.model()).put("max_tokens", 1);
    return ModelRequest.readAgain(ask.dialect(), bytes(whole), false)
        .withPrompt(messages(rendered));
  }

  private RenderedPrompt rendered(Principal principal, PromptReference named, @Nullable String user)
      throws BadModelRequest {
    return calls.resolve(
        principal,
        new WantedPrompt(
            named.name(),
            number(named.version()),
            named.label(),
            named.experiment(),
            named.variables(),
            user));
  }

  private static List<PromptMessage> messages(RenderedPrompt rendered) {
    return rendered.messages().stream()
        .map(m -> new PromptMessage(role(m.role()), m.content()))
        .toList();
  }

  /**
   * The body of {@code POST /v1/prompts/NAME/run}: what render takes, and what a chat of OpenAI's
   * takes beside the model.
   *
   * @throws dev.tollgate.ai.prompt.PromptException when the prompt cannot be used so
   */
  Prompted run(Principal principal, String name, byte[] body) throws BadModelRequest {
    var run = object(body);
    for (var member : run.properties()) {
      var key = member.getKey();
      if (!OF_THE_RUN.contains(key) && !OF_A_CHAT.contains(key)) {
        throw new BadModelRequest(
            "A run has no member "
                + key
                + "; it has "
                + String.join(", ", OF_THE_RUN)
                + ", and what a chat of OpenAI's has beside the model.",
            key);
      }
    }
    var variables = run.path("variables");
    if (!absent(variables) && !variables.isObject()) {
      throw new BadModelRequest("variables must be an object.", "variables");
    }
    var version = run.path("version");
    if (!absent(version) && !(version.isIntegralNumber() && version.canConvertToInt())) {
      throw new BadModelRequest("version must be a whole number.", "version");
    }
    var rendered =
        calls.resolve(
            principal,
            new WantedPrompt(
                name,
                absent(version) ? null : (Integer) version.intValue(),
                text(run, "label"),
                text(run, "experiment"),
                variables instanceof ObjectNode given
                    ? given
                    : JsonNodeFactory.instance.objectNode(),
                text(run, "user")));
    run.remove(OF_THE_RUN);
    if (!run.has("messages")) {
      run.putArray("messages");
    }
    run.set("prompt", JsonNodeFactory.instance.objectNode().put("name", name));
    return prompted(Dialect.OpenAiChat, run, rendered);
  }

  private static Prompted prompted(Dialect dialect, ObjectNode body, RenderedPrompt rendered)
      throws BadModelRequest {
    body.put("model", rendered.model());
    var parameters = object(rendered.parameters().getBytes(UTF_8));
    var added = PromptParameters.add(dialect, body, parameters);
    return new Prompted(
        read(dialect, body, added, PromptParameters.mostTokens(parameters))
            .withPrompt(messages(rendered)),
        new PromptUse(
            rendered.prompt(),
            rendered.version(),
            rendered.experiment(),
            rendered.variant(),
            rendered.unit(),
            added));
  }

  /**
   * Reads a call with the parameters of its prompt. The smaller bound of the answer counts, be it
   * the caller's or that of the prompt, and what the prompt has added wrongly is left out: that is
   * no mistake of the caller's.
   */
  private static ModelRequest read(Dialect dialect, ObjectNode body, Set<String> added, long most)
      throws BadModelRequest {
    var own = body.has("max_tokens") || body.has("max_completion_tokens");
    while (true) {
      var bytes = bytes(body);
      var bounded = OutputBound.apply(dialect, bytes, most);
      try {
        return ModelRequest.readAgain(
            dialect, bounded == null ? bytes : bounded, bounded != null && !own);
      } catch (BadModelRequest e) {
        var member = e.member();
        if (member == null || !added.contains(member) || body.remove(member) == null) {
          throw e;
        }
      }
    }
  }

  private static PromptMessage.Role role(String word) {
    return switch (word) {
      case "system", "developer" -> PromptMessage.Role.System;
      case "assistant" -> PromptMessage.Role.Assistant;
      default -> PromptMessage.Role.User;
    };
  }

  private static @Nullable Integer number(@Nullable String version) throws BadModelRequest {
    try {
      return version == null ? null : Integer.valueOf(version);
    } catch (NumberFormatException e) {
      throw new BadModelRequest("The version of a prompt is a number.", "prompt.version");
    }
  }

  private static boolean absent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static @Nullable String text(JsonNode body, String member) throws BadModelRequest {
    var value = body.path(member);
    if (absent(value)) {
      return null;
    }
    if (!value.isTextual()) {
      throw new BadModelRequest(member + " must be a text.", member);
    }
    return value.asText();
  }

  private static ObjectNode object(byte[] body) throws BadModelRequest {
    try {
      if (JSON.readTree(body) instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException notJson) {
      // told below; the exception may hold what was sent
    }
    throw new BadModelRequest("The body must be one JSON object, with each member once.", null);
  }

  private static byte[] bytes(ObjectNode body) {
    try {
      return JSON.writeValueAsBytes(body);
    } catch (IOException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }
}
