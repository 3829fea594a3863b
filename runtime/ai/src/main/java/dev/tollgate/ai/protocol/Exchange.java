package dev.tollgate.ai.protocol;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * One call as far as its answer must know of it.
 *
 * @param client what the client speaks
 * @param backend what the backend speaks
 * @param stream whether the client gets a stream
 * @param showUsage whether the client's stream has an event of its own for the usage; only OpenAI's
 *     chat and completions leave it to the client
 * @param base64 whether the client wants embeddings as Base64
 * @param namespaces those of the client's tools that are in one, by the tools' flat names
 * @param id the answer's name without the dialect's prefix; letters and digits
 * @param model the model as the client named it, which a translated answer repeats
 * @param inputTokens tokens of the prompt as estimated before the call, for where the provider does
 *     not say them
 * @param countedInput the same, counted by the vocabulary; asked at the end of an answer
 * @param limits what an answer may take
 * @param clock for the times that some dialects write
 * @param created when the call began
 */
public record Exchange(
    Dialect client,
    Dialect backend,
    boolean stream,
    boolean showUsage,
    boolean base64,
    Map<String, String> namespaces,
    String id,
    String model,
    long inputTokens,
    LongSupplier countedInput,
    ProtocolLimits limits,
    InstantSource clock,
    Instant created) {

  public Exchange {
    if (!client.reaches(backend)) {
      throw new IllegalArgumentException(
          "a client of " + client + " cannot use a backend of " + backend);
    }
    if (inputTokens < 0) {
      throw new IllegalArgumentException("inputTokens cannot be below 0: " + inputTokens);
    }
  }

  /**
   * For who changes the text of the answer.
   *
   * @throws IllegalArgumentException when the backend speaks OpenAI's responses, which are not
   *     written anew
   */
  void requireFilterable() {
    if (backend == Dialect.OpenAiResponses) {
      throw new IllegalArgumentException("answers of " + backend + " have no filter");
    }
  }

  /** A call that begins now, with the default limits. */
  public static Exchange of(ModelRequest request, Dialect backend, String id, InstantSource clock) {
    return new Exchange(
        request.dialect(),
        backend,
        request.stream(),
        request.includeUsage(),
        request.base64(),
        request.namespaces(),
        id,
        request.model(),
        request.promptTokens(),
        request::countedTokens,
        ProtocolLimits.defaults(),
        clock,
        clock.instant());
  }

  /** The same with other limits. */
  public Exchange with(ProtocolLimits other) {
    return new Exchange(
        client,
        backend,
        stream,
        showUsage,
        base64,
        namespaces,
        id,
        model,
        inputTokens,
        countedInput,
        other,
        clock,
        created);
  }

  /** Whether the answer passes as it is. */
  public boolean sameDialect() {
    return client == backend;
  }
}
