package dev.tollgate.operator;

/**
 * What more than one test applies. Each text ends its last document, so that another may follow.
 */
final class Manifests {

  /** A pool of shards in files, and one of gateways. */
  static final String POOLS = pools("engine: Embedded");

  static final String PLAN =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: basic}
      spec:
        meters: [{name: requests, included: 1000, overage: {mode: Block}}]
      ---
      """;

  /** Two versions of a prompt, and the route to their model. */
  static final String PROMPT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ModelRoute
      metadata: {name: chat}
      spec:
        models: [llama3]
        backends: [{name: local, provider: Ollama, url: "http://ollama.example:11434", model: m}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: fixer}
      spec:
        versions:
        - {version: 1, model: llama3, messages: [{role: user, content: One}]}
        - {version: 2, model: llama3, messages: [{role: user, content: Two}]}
      ---
      """;

  private Manifests() {}

  /**
   * A pool of shards and one of gateways.
   *
   * @param shards the spec of the former
   */
  static String pools(String shards) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ShardPool
    metadata: {name: default}
    spec: {%s}
    ---
    apiVersion: tollgate.dev/v1alpha1
    kind: GatewayPool
    metadata: {name: default}
    spec: {replicas: {min: 1}}
    ---
    """
        .formatted(shards);
  }

  /** A tenant with {@link #PLAN}. */
  static String tenant(String name) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: Tenant
    metadata: {name: %s}
    spec: {plan: basic}
    ---
    """
        .formatted(name);
  }
}
