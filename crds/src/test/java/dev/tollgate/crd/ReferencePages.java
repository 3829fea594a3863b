package dev.tollgate.crd;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The reference in Markdown, a page for each kind and one that lists them, from the definitions.
 */
final class ReferencePages {
  private static final Path EXAMPLES = Path.of("src/test/resources/examples");

  /** The page that tells how a kind is used. */
  private static final Map<String, String> GUIDES =
      Map.ofEntries(
          Map.entry("ApiRoute", "gateway.md"),
          Map.entry("BillingProvider", "billing.md"),
          Map.entry("Experiment", "experiments.md"),
          Map.entry("GatewayPool", "operator.md"),
          Map.entry("ModelRoute", "models.md"),
          Map.entry("ModelServer", "model-server.md"),
          Map.entry("Plan", "metering.md"),
          Map.entry("PromptTemplate", "prompts.md"),
          Map.entry("RateLimitPolicy", "limits.md"),
          Map.entry("ShardPool", "store.md"),
          Map.entry("Tenant", "access.md"));

  private ReferencePages() {}

  /**
   * File name to text.
   *
   * @param crds the definitions in YAML
   */
  static Map<String, String> markdown(Iterable<String> crds) throws IOException {
    Map<String, String> pages = new TreeMap<>();
    StringBuilder list = new StringBuilder();
    list.append("# Resources\n\nGenerated, as the page of each kind, from the records of ");
    list.append("`dev.tollgate.crd`; change those. A namespace, or a watched folder, is one ");
    list.append("platform; names refer to resources of the same namespace. Durations are ");
    list.append("GEP-2257 (`300ms`, `90s`, `1m30s`).\n\n");
    list.append("| Kind | Short name | What it is | How it is used |\n|---|---|---|---|\n");
    for (String yaml : crds) {
      JsonNode crd = Serialization.unmarshal(yaml, JsonNode.class);
      String kind = crd.at("/spec/names/kind").asText();
      String file = kind.toLowerCase(Locale.ROOT) + ".md";
      String guide = Objects.requireNonNull(GUIDES.get(kind), kind);
      list.append("| [").append(kind).append("](").append(file).append(") | `");
      list.append(shortName(crd)).append("` | ").append(description(crd)).append(" | [");
      list.append(guide).append("](../").append(guide).append(") |\n");
      pages.put(file, page(crd, kind, guide));
    }
    pages.put("README.md", list.toString());
    return pages;
  }

  private static String page(JsonNode crd, String kind, String guide) throws IOException {
    StringBuilder page = new StringBuilder();
    page.append("# ").append(kind).append("\n\n").append(description(crd));
    page.append(" Short name: `").append(shortName(crd)).append("`. How it is used: [");
    page.append(guide).append("](../").append(guide).append(").\n\n```yaml\n");
    page.append(Files.readString(EXAMPLES.resolve(kind.toLowerCase(Locale.ROOT) + ".yaml")));
    page.append("```\n");
    columns(crd, page);
    List<String> rules = new ArrayList<>();
    for (String part : List.of("spec", "status")) {
      page.append("\n## ").append(part).append("\n\n");
      page.append("| Field | Type | Default | Bounds | Description |\n|---|---|---|---|---|\n");
      fields(part, schema(crd).at("/properties/" + part), page, rules);
    }
    if (!rules.isEmpty()) {
      page.append("\n## Rules\n\n");
      rules.forEach(rule -> page.append("- ").append(rule).append('\n'));
    }
    return page.toString();
  }

  private static JsonNode schema(JsonNode crd) {
    return crd.at("/spec/versions/0/schema/openAPIV3Schema");
  }

  private static String description(JsonNode crd) {
    return schema(crd).path("description").asText();
  }

  private static String shortName(JsonNode crd) {
    return crd.at("/spec/names/shortNames/0").asText();
  }

  private static void columns(JsonNode crd, StringBuilder page) {
    List<String> usual = new ArrayList<>();
    List<String> wide = new ArrayList<>();
    for (JsonNode column : crd.at("/spec/versions/0/additionalPrinterColumns")) {
      (column.path("priority").asInt() == 0 ? usual : wide).add(column.path("name").asText());
    }
    page.append("\nColumns of `kubectl get`: ").append(String.join(", ", usual));
    if (!wide.isEmpty()) {
      page.append("; with `-o wide` also ").append(String.join(", ", wide));
    }
    page.append(".\n");
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
