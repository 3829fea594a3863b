package dev.tollgate.ai.protocol;

import org.jspecify.annotations.Nullable;

/** A protocol in which a client asks a model and the model answers; each has one path. */
public enum Dialect {
  /** OpenAI's chat completions. */
  OpenAiChat("/v1/chat/completions", Framing.Sse, Family.Chat),
  /** OpenAI's older completions of a plain prompt. */
  OpenAiCompletions("/v1/completions", Framing.Sse, Family.Completion),
  /** OpenAI's embeddings; never streamed. */
  OpenAiEmbeddings("/v1/embeddings", Framing.Sse, Family.Embedding),
  /** OpenAI's responses. */
  OpenAiResponses("/v1/responses", Framing.Sse, Family.Chat),
  /** Anthropic's messages. */
  AnthropicMessages("/v1/messages", Framing.Sse, Family.Chat),
  /** Ollama's chat. */
  OllamaChat("/api/chat", Framing.Ndjson, Family.Chat),
  /** Ollama's completion of a plain prompt. */
  OllamaGenerate("/api/generate", Framing.Ndjson, Family.Completion),
  /** Ollama's embeddings; never streamed. */
  OllamaEmbed("/api/embed", Framing.Ndjson, Family.Embedding),
  /** Ollama's older embeddings of a single text, which only clients speak; never streamed. */
  OllamaEmbeddings("/api/embeddings", Framing.Ndjson, Family.Embedding);

  private enum Family {
    Chat,
    Completion,
    Embedding
  }

  private final String path;
  private final Framing framing;
  private final Family family;

  Dialect(String path, Framing framing, Family family) {
    this.path = path;
    this.framing = framing;
    this.family = family;
  }

  /**
   * The dialect spoken at a path, which is without a query.
   *
   * @return null when no dialect is spoken there
   */
  public static @Nullable Dialect of(String path) {
    return switch (path) {
      case "/v1/chat/completions" -> OpenAiChat;
      case "/v1/completions" -> OpenAiCompletions;
      case "/v1/embeddings" -> OpenAiEmbeddings;
      case "/v1/responses" -> OpenAiResponses;
      case "/v1/messages" -> AnthropicMessages;
      case "/api/chat" -> OllamaChat;
      case "/api/generate" -> OllamaGenerate;
      case "/api/embed" -> OllamaEmbed;
      case "/api/embeddings" -> OllamaEmbeddings;
      default -> null;
    };
  }

  /** The path below a provider's base address at which this dialect is spoken. */
  public String path() {
    return path;
  }

  /** How a stream is framed. */
  public Framing framing() {
    return framing;
  }

  /** The media type of an answer. */
  public String mediaType(boolean stream) {
    return stream ? framing.mediaType() : "application/json";
  }

  /** Whether the protocol is OpenAI's. */
  public boolean openAi() {
    return this == OpenAiChat
        || this == OpenAiCompletions
        || this == OpenAiEmbeddings
        || this == OpenAiResponses;
  }

  /** Whether the protocol is Ollama's own. */
  public boolean ollama() {
    return this == OllamaChat
        || this == OllamaGenerate
        || this == OllamaEmbed
        || this == OllamaEmbeddings;
  }

  /**
   * The member of a request that bounds the tokens of its answer, with the newer of two names.
   * Ollama's have it inside the options instead.
   */
  public String mostTokens() {
    return switch (this) {
      case OpenAiResponses -> "max_output_tokens";
      case OpenAiChat -> RequestScan.NEWER_MOST; // where a backend does not know it: renamed
      default -> "max_tokens";
    };
  }

  /** Whether a request of this dialect has a list of messages. */
  public boolean chat() {
    return family == Family.Chat;
  }

  /** Whether the answer is vectors rather than text. */
  public boolean embedding() {
    return family == Family.Embedding;
  }

  /**
   * Whether a client of this dialect can use a backend of that one, as it is or translated. A
   * backend that speaks OpenAI's responses serves only clients of the same, and none is spoken to
   * in Ollama's older embeddings, which do not say the tokens.
   */
  public boolean reaches(Dialect backend) {
    return switch (backend) {
      case OpenAiResponses -> this == OpenAiResponses;
      case OllamaEmbeddings -> false;
      default -> family == backend.family;
    };
  }
}
