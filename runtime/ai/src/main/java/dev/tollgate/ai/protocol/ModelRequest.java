package dev.tollgate.ai.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What a gateway must know of a request to a model: it is read in one pass over the body, of which
 * no tree is built, and the body is kept as it came.
 */
public final class ModelRequest {

  /** Where in the body the members are that a rewrite changes; indexes of bytes, -1 for none. */
  record Places(
      int modelFrom,
      int modelTo,
      int streamOptionsFrom,
      int streamOptionsTo,
      boolean streamOptionsEmpty,
      int includeUsageFrom,
      int includeUsageTo) {}

  private final Dialect dialect;
  private final byte[] body;
  private final String model;
  private final boolean stream;
  private final boolean includeUsage;
  private final @Nullable Long maxTokens;
  private final int n;
  private final @Nullable String user;
  private final @Nullable PromptReference prompt;
  private final long promptBytes;
  private final int messages;
  private final int images;
  private final boolean tools;
  private final Places places;

  ModelRequest(RequestScan scan) {
    this.dialect = scan.dialect;
    this.body = scan.body;
    this.model = scan.model;
    this.stream = scan.stream;
    this.includeUsage = scan.includeUsage;
    this.maxTokens = scan.maxTokens;
    this.n = scan.n;
    this.user = scan.user;
    this.prompt = scan.prompt;
    this.promptBytes = scan.promptBytes;
    this.messages = scan.messages;
    this.images = scan.images;
    this.tools = scan.tools;
    this.places = scan.places();
  }

  /**
   * Reads a request with the default limits.
   *
   * @throws BadModelRequest when it is not a request of the dialect
   */
  public static ModelRequest read(Dialect dialect, byte[] body) throws BadModelRequest {
    return read(dialect, body, ProtocolLimits.defaults());
  }

  /**
   * Reads a request.
   *
   * @param body UTF-8; must not be changed afterwards
   * @throws BadModelRequest when it is not a request of the dialect, or over a limit
   */
  public static ModelRequest read(Dialect dialect, byte[] body, ProtocolLimits limits)
      throws BadModelRequest {
    return new ModelRequest(new RequestScan(dialect, body, limits).read());
  }

  public Dialect dialect() {
    return dialect;
  }

  /** The body as it came; not to be changed. */
  public byte[] body() {
    return body;
  }

  /** The model as the client names it. */
  public String model() {
    return model;
  }

  /** Whether the answer is to be streamed; when the client does not say, Ollama's are. */
  public boolean stream() {
    return stream;
  }

  /** Whether the client asked for an event with the usage ({@code stream_options}). */
  public boolean includeUsage() {
    return includeUsage;
  }

  /** The most tokens of an answer; null when the client leaves it to the model. */
  public @Nullable Long maxTokens() {
    return maxTokens;
  }

  /** How many answers are wanted. */
  public int n() {
    return n;
  }

  /** The end user as the client names him; null when it does not. */
  public @Nullable String user() {
    return user;
  }

  /** The prompt that stands for messages; null when the call names none. */
  public @Nullable PromptReference prompt() {
    return prompt;
  }

  /** Bytes of text that the model reads: messages, instructions and tools, images apart. */
  public long promptBytes() {
    return promptBytes;
  }

  /** How many messages there are. */
  public int messages() {
    return messages;
  }

  /** How many images there are. */
  public int images() {
    return images;
  }

  /** Whether the model is given tools. */
  public boolean hasTools() {
    return tools;
  }

  Places places() {
    return places;
  }
}
