package dev.tollgate.crd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The definitions as the records describe them, with the bounds that a cluster's budget for CEL
 * rules needs: every list, map and string has a greatest size.
 */
public final class GeneratedCrds {
  private static final int ITEMS = 64;
  private static final int LENGTH = 1024;

  /** Strings that are shorter or longer than others; a message holds every finding. */
  private static final Map<String, Integer> LENGTHS =
      Map.of("name", 253, "content", 65536, "message", 32768);

  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(
          Tenant.class,
          Plan.class,
          RateLimitPolicy.class,
          ApiRoute.class,
          ShardPool.class,
          GatewayPool.class,
          ModelRoute.class,
          ModelServer.class,
          PromptTemplate.class,
          Experiment.class,
          BillingProvider.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private GeneratedCrds() {}

  /** File name, such as {@code plans.yaml}, to text. */
  public static Map<String, String> yaml() {
    Map<String, ByteArrayOutputStream> raw = new LinkedHashMap<>();
    CRDGenerator generator =
        new CRDGenerator()
            .customResourceClasses(KINDS)
            .forCRDVersions("v1")
            .withOutput(new Memory(raw));
    generator.generate();
    Map<String, String> files = new TreeMap<>();
    raw.forEach((name, bytes) -> {
      ObjectNode crd =
          Serialization.unmarshal(bytes.toString(StandardCharsets.UTF_8), ObjectNode.class);
      bound(crd);
      files.put(
          crd.at("/spec/names/plural").asText() + ".yaml",
          "# Generated from the records of dev.tollgate.crd; change those.\n"
              + Serialization.asYaml(ordered(crd)));
    });
    return files;
  }

  /**
   * The schemas of {@link #yaml()} by kind, for whoever checks manifests without a cluster: JSON is
   * read many times as fast as YAML. A line a kind.
   */
  public static String schemas() {
    Map<String, JsonNode> kinds = new TreeMap<>();
    yaml().values().stream()
        .map(text -> Serialization.unmarshal(text, JsonNode.class))
        .forEach(crd ->
            kinds.put(
                crd.at("/spec/names/kind").asText(),
                crd.at("/spec/versions/0/schema/openAPIV3Schema")));
    return kinds.entrySet().stream()
        .map(kind -> "\"" + kind.getKey() + "\": " + kind.getValue())
        .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
  }

  private static void bound(ObjectNode crd) {
    ObjectNode metadata = (ObjectNode) crd.get("metadata");
    metadata.putObject("annotations").put("helm.sh/resource-policy", "keep");
    metadata.putObject("labels").put("app.kubernetes.io/part-of", "tollgate");
    ((ObjectNode) crd.get("spec")).withObject("/names").putArray("categories").add("tollgate");
    for (JsonNode version : crd.at("/spec/versions")) {
      columns((ObjectNode) version, crd.at("/spec/names/kind").asText());
      ObjectNode schema = (ObjectNode) version.at("/schema/openAPIV3Schema");
      schema.put("description", kindDescription(crd.at("/spec/names/kind").asText()));
      JsonNode properties = schema.get("properties");
      ((ObjectNode) properties.get("spec")).put("description", "What is wanted.");
      ((ObjectNode) properties.get("status")).put("description", "What became of it.");
      properties.properties().forEach(e -> walk(e.getKey(), (ObjectNode) e.getValue()));
    }
  }

  /** Columns in the order of the annotations; the generator has them in that of the paths. */
  private static void columns(ObjectNode version, String kind) {
    ArrayNode sorted = JSON.createArrayNode();
    for (Class<?> type : KINDS) {
      if (!type.getSimpleName().equals(kind)) {
        continue;
      }
      for (AdditionalPrinterColumn column :
          type.getAnnotationsByType(AdditionalPrinterColumn.class)) {
        version
            .path("additionalPrinterColumns")
            .forEach(c -> {
              if (c.path("name").asText().equals(column.name())) {
                sorted.add(c);
              }
            });
      }
    }
    if (sorted.size() != version.path("additionalPrinterColumns").size()) {
      throw new IllegalStateException("printer columns of " + kind + " differ from annotations");
    }
    version.set("additionalPrinterColumns", sorted);
  }

  private static String kindDescription(String kind) {
    return switch (kind) {
      case "Tenant" -> "A customer: who may call, on which plan, and where its data is.";
      case "Plan" -> "What is sold: a price, included quantities, overage, features.";
      case "RateLimitPolicy" -> "Rate limits and budgets, and what they apply to.";
      case "ApiRoute" -> "Puts an API behind the gate.";
      case "ShardPool" -> "Databases that tenants are spread over.";
      case "GatewayPool" -> "Replicas of the runtime and what they are connected to.";
      case "ModelRoute" -> "Sells language models: what callers send as model, and where it goes.";
      case "ModelServer" -> "Runs language models inside the cluster.";
      case "PromptTemplate" ->
          "A prompt in versions that never change, and labels that point to them.";
      case "Experiment" -> "Compares versions of a prompt on live calls.";
      case "BillingProvider" -> "Who sends the invoices and takes the money.";
      default -> throw new IllegalArgumentException("describe " + kind);
    };
  }

  private static void walk(String name, ObjectNode schema) {
    switch (schema.path("type").asText()) {
      case "string" -> {
        if (!schema.has("enum") && !schema.has("maxLength")) {
          schema.put("maxLength", LENGTHS.getOrDefault(name, LENGTH));
        }
      }
      case "array" -> {
        if (!schema.has("maxItems")) {
          schema.put("maxItems", name.equals("external") ? 256 : ITEMS);
        }
        ObjectNode items = (ObjectNode) schema.get("items");
        walk("", items);
        List<String> keys = keys(items);
        if (!keys.isEmpty()) {
          schema.put("x-kubernetes-list-type", "map");
          ArrayNode array = schema.putArray("x-kubernetes-list-map-keys");
          keys.forEach(array::add);
        }
      }
      default -> {
        if (schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
          schema.put("type", "object");
        }
        schema
            .path("properties")
            .properties()
            .forEach(e -> walk(e.getKey(), (ObjectNode) e.getValue()));
        if (schema.path("additionalProperties").isObject()) {
          if (!schema.has("maxProperties")) {
            schema.put("maxProperties", 16);
          }
          walk("", (ObjectNode) schema.get("additionalProperties"));
        }
      }
    }
  }

  /**
   * A list of things with a name is a map by that name; versions are one by number, thresholds by
   * meter, conditions by type.
   */
  private static List<String> keys(ObjectNode items) {
    JsonNode properties = items.path("properties");
    if (required(items, "name") && required(items, "key")) {
      return List.of("name", "key");
    }
    if (required(items, "version") && !properties.has("name")) {
      return List.of("version");
    }
    if (required(items, "meter") && required(items, "quantity")) {
      return List.of("meter");
    }
    boolean named = required(items, "name") && !properties.has("sectionName");
    if (named) {
      return required(items, "kind") ? List.of("kind", "name") : List.of("name");
    }
    return required(items, "type") && required(items, "status") ? List.of("type") : List.of();
  }

  private static boolean required(ObjectNode schema, String field) {
    for (JsonNode name : schema.path("required")) {
      if (name.asText().equals(field)) {
        return true;
      }
    }
    return false;
  }

  /** As a plain tree, so that the text depends on nothing but the content. */
  private static Object ordered(ObjectNode crd) {
    try {
      return JSON.treeToValue(crd, Object.class);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private record Memory(Map<String, ByteArrayOutputStream> files)
      implements CRDGenerator.CRDOutput<OutputStream> {
    @Override
    public OutputStream outputFor(String name) {
      return files.computeIfAbsent(name, n -> new ByteArrayOutputStream());
    }

    @Override
    public java.net.URI crdURI(String name) {
      return java.net.URI.create("file:///" + name);
    }

    @Override
    public void close() {}
  }
}
