package dev.tollgate.crd.model;

/** Whose protocol a backend speaks. */
public enum ModelProvider {
  Ollama,
  OpenAI,
  Anthropic
}
