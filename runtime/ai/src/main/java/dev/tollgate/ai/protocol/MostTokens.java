package dev.tollgate.ai.protocol;

/**
 * How a backend of OpenAI's chat wants to be told the most tokens of an answer. OpenAI's own models
 * refuse {@code max_tokens} since they think ("use max_completion_tokens instead"); of the servers
 * that are compatible with it, some refuse the newer name (Mistral) and some pass over it (Ollama,
 * llama.cpp before February 2026), so that the answer would have no bound.
 */
public enum MostTokens {
  /** Only {@code max_tokens} counts: what a client names otherwise is renamed. */
  OlderAlone,

  /** A client's own name stays; what is added or translated is {@code max_tokens}. */
  Older,

  /** A client's own name stays; what is added or translated is {@code max_completion_tokens}. */
  Newer
}
