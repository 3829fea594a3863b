package dev.tollgate.crd.model;

/** The program that runs models. */
public enum ModelEngine {
  Ollama
}
