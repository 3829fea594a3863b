package dev.tollgate.crd;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The reference page in Markdown, from the definitions. */
final class ReferencePage {
  private static final Map<String, String> EXAMPLES =
      Map.of(
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
          """,
          "Tenant",
          """
          apiVersion: tollgate.dev/v1alpha1
          kind: Tenant
          metadata: {name: acme}
          spec: {displayName: ACME GmbH, plan: basic, timeZone: Europe/Berlin}
          """,
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
          """,
          "ApiRoute",
          """
          apiVersion: tollgate.dev/v1alpha1
          kind: ApiRoute
          metadata: {name: weather}
          spec:
            match: {path: /v1/weather, methods: [GET]}
            backends: [{name: eu, url: https://weather.example/v1}]
            timeouts: {connect: 300ms, request: 1200ms}
          """,
          "ShardPool",
          """
          apiVersion: tollgate.dev/v1alpha1
          kind: ShardPool
          metadata: {name: default}
          spec: {engine: Embedded, shards: 4}
          """,
          "GatewayPool",
          """
          apiVersion: tollgate.dev/v1alpha1
          kind: GatewayPool
          metadata: {name: default}
          spec:
            listeners: [{name: http, port: 8080, protocol: HTTP}]
            replicas: {min: 2, max: 8, targets: {cpuPercent: 70}}
          """);

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
