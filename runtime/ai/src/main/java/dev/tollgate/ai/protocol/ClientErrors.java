package dev.tollgate.ai.protocol;

import dev.tollgate.ai.protocol.json.JsonOutput;
import org.jspecify.annotations.Nullable;

/**
 * Errors as each protocol writes them, in a body of their own or in a stream that has begun.
 *
 * <p>Sources: OpenAI's API reference, error codes; Anthropic's, errors and {@code
 * types/shared/*_error.py} of its SDK; Ollama's {@code docs/api/errors.mdx}.
 */
public final class ClientErrors {

  /** What went wrong, for the client. */
  public enum Kind {
    /** The request is wrong. */
    InvalidRequest(400, "invalid_request_error", null, "invalid_request_error"),
    /** A guardrail refuses the request. */
    Denied(400, "invalid_request_error", "guardrail_denied", "invalid_request_error"),
    /** The variables of a call are not those of its prompt. */
    PromptVariables(422, "invalid_request_error", "prompt_variables", "invalid_request_error"),
    /** There is no valid key or token. */
    Unauthenticated(401, "invalid_request_error", "invalid_api_key", "authentication_error"),
    /** The tenant may not use this. */
    Forbidden(403, "invalid_request_error", "permission_denied", "permission_error"),
    /** There is no such model for this tenant. */
    ModelNotFound(404, "invalid_request_error", "model_not_found", "not_found_error"),
    /** There is no such prompt, version or label for this tenant. */
    PromptNotFound(404, "invalid_request_error", "prompt_not_found", "not_found_error"),
    /** There is nothing at this path. */
    NotFound(404, "invalid_request_error", "not_found", "not_found_error"),
    /** The request is too large. */
    TooLarge(413, "invalid_request_error", "request_too_large", "request_too_large"),
    /** Too much at the moment; waiting helps. */
    RateLimited(429, "rate_limit_error", "rate_limit_exceeded", "rate_limit_error"),
    /** The quota or budget is used up; waiting does not help before the next cycle. */
    QuotaExhausted(429, "insufficient_quota", "insufficient_quota", "billing_error"),
    /** Something is broken here. */
    Internal(500, "server_error", "internal_error", "api_error"),
    /** The backend failed or sent what cannot be read. */
    BackendFailed(502, "server_error", "backend_failed", "api_error"),
    /** No backend has room or is well. */
    Overloaded(503, "server_error", "overloaded", "overloaded_error"),
    /** The backend took too long. */
    Timeout(504, "server_error", "timeout", "timeout_error");

    private final int status;
    private final String openAiType;
    private final @Nullable String openAiCode;
    private final String anthropicType;

    Kind(int status, String openAiType, @Nullable String openAiCode, String anthropicType) {
      this.status = status;
      this.openAiType = openAiType;
      this.openAiCode = openAiCode;
      this.anthropicType = anthropicType;
    }

    /** The status of an answer that has this error as its body. */
    public int status() {
      return status;
    }
  }

  private ClientErrors() {}

  /**
   * The body of an answer.
   *
   * @param param the member of the request that is wrong, if any
   */
  public static byte[] body(Dialect dialect, Kind kind, String message, @Nullable String param) {
    return body(dialect, kind, message, param, null);
  }

  /**
   * The same with a backend's own code, which only OpenAI's protocols have a member for.
   *
   * @param code null for that of the kind
   */
  public static byte[] body(
      Dialect dialect, Kind kind, String message, @Nullable String param, @Nullable String code) {
    var out = new JsonOutput(256);
    if (dialect.openAi()) {
      openAi(out, kind, message, param, code == null ? kind.openAiCode : code);
    } else if (dialect == Dialect.AnthropicMessages) {
      anthropic(out, kind, place(message, param));
    } else {
      out.raw("{\"error\":").string(place(message, param)).raw("}");
    }
    return out.take();
  }

  /** The body for a request that was refused. */
  public static byte[] body(Dialect dialect, BadModelRequest refused) {
    return body(dialect, Kind.InvalidRequest, refused.getMessage(), refused.param());
  }

  /**
   * The last event of a stream that has begun and cannot be completed. Nothing may follow it: not
   * even OpenAI's {@code [DONE]}, which would make the answer look complete.
   *
   * @param number of the event, in OpenAI's responses, which number them
   */
  public static byte[] event(Dialect dialect, Kind kind, String message, long number) {
    var out = new JsonOutput(256);
    switch (dialect) {
      case OpenAiChat, OpenAiCompletions, OpenAiEmbeddings -> {
        openAi(out.raw("data: "), kind, message, null, kind.openAiCode);
        out.raw("\n\n");
      }
      case OpenAiResponses ->
          out.raw("event: error\ndata: {\"type\":\"error\",\"code\":")
              .string(kind.openAiCode == null ? kind.openAiType : kind.openAiCode)
              .raw(",\"message\":")
              .string(message)
              .raw(",\"param\":null,\"sequence_number\":")
              .number(number)
              .raw("}\n\n");
      case AnthropicMessages -> {
        anthropic(out.raw("event: error\ndata: "), kind, message);
        out.raw("\n\n");
      }
      case OllamaChat, OllamaGenerate, OllamaEmbed, OllamaEmbeddings ->
          out.raw("{\"error\":").string(message).raw("}\n");
    }
    return out.take();
  }

  /** What a backend's error is for the client: the backend's own limits are not the client's. */
  public static Kind kindOf(UpstreamError error) {
    String word = error.type() + " " + error.code();
    if (word.contains("overloaded") || word.contains("rate_limit") || word.contains("quota")) {
      return Kind.Overloaded;
    }
    if (word.contains("timeout")) {
      return Kind.Timeout;
    }
    if (word.contains("invalid_request") || word.contains("BadRequest")) {
      return Kind.InvalidRequest;
    }
    return Kind.BackendFailed;
  }

  private static void openAi(
      JsonOutput out, Kind kind, String message, @Nullable String param, @Nullable String code) {
    out.raw("{\"error\":{\"message\":").string(message);
    out.raw(",\"type\":\"").raw(kind.openAiType).raw("\",\"param\":");
    orNull(out, param).raw(",\"code\":");
    orNull(out, code).raw("}}");
  }

  private static void anthropic(JsonOutput out, Kind kind, String message) {
    out.raw("{\"type\":\"error\",\"error\":{\"type\":\"").raw(kind.anthropicType);
    out.raw("\",\"message\":").string(message).raw("}}");
  }

  /** Protocols without a member for the place have it in the sentence. */
  private static String place(String message, @Nullable String param) {
    return param == null || message.contains(param) ? message : param + ": " + message;
  }

  private static JsonOutput orNull(JsonOutput out, @Nullable String text) {
    return text == null ? out.raw("null") : out.string(text);
  }
}
