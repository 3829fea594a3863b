package dev.tollgate.app;

import java.util.List;

/**
 * What more than one test applies. Each text ends its last document, so that another may follow.
 */
final class Manifests {

  /** A plan without limits, and two tenants on it: acme, labelled gold, and globex. */
  static final String TENANTS =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: open}
      spec: {displayName: Open, meters: [{name: requests, included: 1000000, overage: {mode: Block}}]}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: acme, labels: {tier: gold}}
      spec: {displayName: ACME, plan: open}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: globex}
      spec: {displayName: Globex, plan: open}
      ---
      """;

  /** The route json to the built-in JSON tool. */
  static final String JSON_TOOL =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ApiRoute
      metadata: {name: json}
      spec: {match: {path: /v1/tools/json}, backends: [{name: json, builtin: JsonTool}]}
      ---
      """;

  /** A prompt without variables, for the model llama3. */
  static final String HELLO =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: hello}
      spec: {versions: [{version: 1, model: llama3, messages: [{role: user, content: hello}]}]}
      ---
      """;

  private Manifests() {}

  /** A route from the path of its name to one backend, which takes four calls and queues fifty. */
  static String route(String name, int backendPort, String more) {
    var one = "{name: one, url: \"http://127.0.0.1:%d\", maxConnections: 4, maxPending: 50}";
    return route(name, List.of(one.formatted(backendPort)), more);
  }

  /**
   * A route from the path of its name.
   *
   * @param backends as {@link ApiBackendServer#backend} writes them
   * @param more of its spec
   */
  static String route(String name, List<String> backends, String more) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ApiRoute
    metadata: {name: %s}
    spec:
      match: {path: /%s}
      backends: %s
    %s
    ---
    """
        .formatted(name, name, backends, more.indent(2).stripTrailing());
  }

  /**
   * A route from a model to a backend that speaks OpenAI's protocol.
   *
   * @param more of its spec
   */
  static String modelRoute(String name, String model, int backendPort, String more) {
    return """
    apiVersion: tollgate.dev/v1alpha1
    kind: ModelRoute
    metadata: {name: %s}
    spec:
      models: [%s]
      backends: [{name: one, provider: OpenAI, url: "http://127.0.0.1:%d/v1", model: m}]
    %s
    ---
    """
        .formatted(name, model, backendPort, more.indent(2).stripTrailing());
  }
}
