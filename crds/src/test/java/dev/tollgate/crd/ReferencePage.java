package dev.tollgate.crd;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The reference page in Markdown, from the definitions. */
final class ReferencePage {
  private static final Map<String, String> EXAMPLES =
      Map.ofEntries(
          Map.entry(
              "Plan",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: Plan
              metadata: {name: basic}
              spec:
                price: {amount: "9.00", currency: USD}
                meters:
                - name: requests
                  included: 50000
                  overage: {mode: Bill, tiers: [{upTo: 500000, unitPrice: "0.0002"}, {unitPrice: "0.0001"}]}
                  alertPercents: [80, 100]

              """),
          Map.entry(
              "Tenant",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: Tenant
              metadata: {name: acme}
              spec: {displayName: ACME GmbH, plan: basic, timeZone: Europe/Berlin}

              """),
          Map.entry(
              "RateLimitPolicy",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: RateLimitPolicy
              metadata: {name: basic-limits}
              spec:
                targetRefs: [{kind: Plan, name: basic}]
                limits:
                - {name: tenant, meter: requests, limit: 500, per: Second, burst: 100}
                - {name: open, meter: concurrency, limit: 50}

              """),
          Map.entry(
              "ApiRoute",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: ApiRoute
              metadata: {name: weather}
              spec:
                match: {path: /v1/weather, methods: [GET]}
                backends: [{name: eu, url: https://weather.example/v1}]
                timeouts: {connect: 300ms, request: 1200ms}

              """),
          Map.entry(
              "ShardPool",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: ShardPool
              metadata: {name: default}
              spec: {engine: Embedded, shards: 4}

              """),
          Map.entry(
              "GatewayPool",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: GatewayPool
              metadata: {name: default}
              spec:
                listeners: [{name: http, port: 8080, protocol: HTTP}]
                replicas: {min: 2, max: 8, targets: {cpuPercent: 70}}

              """),
          Map.entry(
              "ModelServer",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: ModelServer
              metadata: {name: ollama}
              spec:
                models:
                - {name: "llama3:8b"}
                - {name: gemma, from: {path: /models/gemma3-270m.gguf}}
                storage: 50Gi
                volume: {claimName: model-files}
              """),
          Map.entry(
              "ModelRoute",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: ModelRoute
              metadata: {name: chat}
              spec:
                models: [llama3]
                backends:
                - {name: local, provider: Ollama, server: ollama, model: "llama3:8b"}
                - {name: cloud, provider: OpenAI, url: "https://llm.example/v1", model: llama-3-8b, keySecretRef: {name: cloud, key: token}, priority: 1}
                timeouts: {firstToken: 20s, silence: 15s, total: 90s}
                onDisconnect: {mode: Drain, atMost: 2s}
                price: {currency: USD, per: 1000000, input: "0.15", output: "0.60"}
              """),
          Map.entry(
              "PromptTemplate",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: PromptTemplate
              metadata: {name: sql-fixer}
              spec:
                versions:
                - version: 1
                  model: llama3
                  messages: [{role: user, content: "{{ query }}"}]
                  variables: {type: object, required: [query], properties: {query: {type: string, maxLength: 4000}}}
                - version: 2
                  model: llama3
                  parameters: {temperature: 0.2}
                  messages:
                  - {role: system, content: "Answer in a {{ tone }} style."}
                  - {role: user, content: "{{ query }}"}
                  variables: {type: object, required: [query], properties: {tone: {type: string, default: concise}, query: {type: string, maxLength: 4000}}}
                labels: [{name: production, version: 1}]
              """),
          Map.entry(
              "Experiment",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: Experiment
              metadata: {name: pax-2024-q3}
              spec:
                prompt: sql-fixer
                variants: [{name: control, version: 1, weight: 50}, {name: treatment-a, version: 2, weight: 50}]
                stickyBy: User
                guard: {errorPercent: 5, latencyP95: 4s, minimumCalls: 200, action: Rollback}
              """),
          Map.entry(
              "BillingProvider",
              """
              apiVersion: tollgate.dev/v1alpha1
              kind: BillingProvider
              metadata: {name: stripe}
              spec:
                stripe:
                  apiKeySecretRef: {name: stripe, key: api-key}
                  webhookSecretRefs: [{name: stripe, key: webhook}]
                invoiceAt: [{meter: requests, quantity: 1000}]
              """));

  private ReferencePage() {}

  static String markdown(Map<String, String> crds) {
    StringBuilder page = new StringBuilder();
    page.append("# Resources\n\nGenerated from the records of `dev.tollgate.crd`; change those. ");
    page.append("A namespace, or a watched folder, is one platform; names refer to resources of ");
    page.append("the same namespace. Durations are GEP-2257 (`300ms`, `90s`, `1m30s`).\n");
    for (String yaml : crds.values()) {
      JsonNode crd = Serialization.unmarshal(yaml, JsonNode.class);
      JsonNode schema = crd.at("/spec/versions/0/schema/openAPIV3Schema");
      String kind = crd.at("/spec/names/kind").asText();
      page.append("\n## ").append(kind).append("\n\n");
      page.append(schema.path("description").asText()).append(" Short name: `");
      page.append(crd.at("/spec/names/shortNames/0").asText()).append("`.\n\n```yaml\n");
      page.append(EXAMPLES.getOrDefault(kind, "")).append("```\n");
      List<String> rules = new ArrayList<>();
      for (String part : List.of("spec", "status")) {
        page.append("\n### ").append(kind).append(' ').append(part).append("\n\n");
        page.append("| Field | Type | Default | Bounds | Description |\n|---|---|---|---|---|\n");
        fields(part, schema.at("/properties/" + part), page, rules);
      }
      if (!rules.isEmpty()) {
        page.append("\nRules:\n\n");
        rules.forEach(rule -> page.append("- ").append(rule).append('\n'));
      }
    }
    return page.toString();
  }

  private static void fields(String path, JsonNode schema, StringBuilder page, List<String> rules) {
    for (JsonNode rule : schema.path("x-kubernetes-validations")) {
      rules.add("`" + path + "`: " + rule.path("message").asText() + ".");
    }
    for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
      JsonNode at = field.getValue();
      String here = path + "." + field.getKey();
      boolean list = at.path("type").asText().equals("array");
      JsonNode inner = list ? at.get("items") : at;
      boolean required = false;
      for (JsonNode name : schema.path("required")) {
        required |= name.asText().equals(field.getKey());
      }
      page.append("| `").append(here).append("` | ");
      page.append(list ? "list of " : "").append(inner.path("type").asText()).append(" | ");
      page.append(at.has("default") ? "`" + at.get("default").asText() + "`" : "").append(" | ");
      page.append(bounds(at, inner, required)).append(" | ");
      page.append(at.path("description").asText().replace("|", "\\|")).append(" |\n");
      fields(list ? here + "[]" : here, inner, page, rules);
    }
  }

  private static String bounds(JsonNode at, JsonNode inner, boolean required) {
    List<String> all = new ArrayList<>();
    if (required) {
      all.add("required");
    }
    if (inner.has("enum")) {
      List<String> values = new ArrayList<>();
      inner.get("enum").forEach(v -> values.add("`" + v.asText() + "`"));
      all.add(String.join(", ", values));
    }
    bound("minimum", "at least ", inner, all);
    bound("maximum", "at most ", inner, all);
    bound("maxLength", "at most ", inner, all, " characters");
    if (inner.has("pattern")) {
      all.add("`" + inner.get("pattern").asText().replace("|", "\\|") + "`");
    }
    bound("maxItems", "at most ", at, all, " items");
    return String.join("; ", all);
  }

  private static void bound(
      String key, String before, JsonNode schema, List<String> all, String... after) {
    if (schema.has(key)) {
      String text = schema.get(key).asText();
      text = text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
      all.add(before + text + String.join("", after));
    }
  }
}
