package dev.tollgate.core.access;

/** What costs money, and the scope that a key or token needs for it. */
public enum Use {
  /** Calls of APIs and built-in tools. */
  APIS("apis:use"),
  /** Calls of models. */
  MODELS("models:use"),
  /** Prompts in calls of models. */
  PROMPTS("prompts:use");

  private final String scope;

  Use(String scope) {
    this.scope = scope;
  }

  public String scope() {
    return scope;
  }
}
