package dev.tollgate.core.access;

/** What costs money, and the scope that a key or token needs for it. */
public enum Use {
  /** Calls of APIs and built-in tools. */
  APIS(Scopes.APIS_USE),
  /** Calls of models. */
  MODELS(Scopes.MODELS_USE),
  /** Prompts in calls of models. */
  PROMPTS(Scopes.PROMPTS_USE);

  private final String scope;

  Use(String scope) {
    this.scope = scope;
  }

  public String scope() {
    return scope;
  }
}
