package dev.tollgate.operator.model;

import java.io.IOException;

/** Ollama refused something; the message is what it said. */
final class OllamaException extends IOException {

  private static final long serialVersionUID = 1;

  OllamaException(String said) {
    super(said);
  }
}
