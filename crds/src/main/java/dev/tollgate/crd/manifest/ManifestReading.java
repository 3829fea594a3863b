package dev.tollgate.crd.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.manifest.ManifestReader.Document;
import dev.tollgate.crd.manifest.ManifestReader.Parsed;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.model.ModelServer;
import dev.tollgate.crd.plan.Plan;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.value.Names;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The reading of one file: each document is checked as an API server would, and a bad one does not
 * keep the others from being read.
 */
final class ManifestReading {
  private static final String API = "tollgate.dev/v1alpha1";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DNS = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final String SUBDOMAIN = DNS + "(\\." + DNS + ")*";
  private static final Pattern NAME = Pattern.compile("(?=.{1,253}$)" + SUBDOMAIN);
  private static final Pattern LABEL =
      Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
  private static final Pattern KEY =
      Pattern.compile("((?=.{1,253}/)" + SUBDOMAIN + "/)?(?!$)" + LABEL);
  private static final String WORD =
      "at most 63 letters, digits, -, _ and ., with a letter or digit at both ends";
  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("Tenant", Tenant.class),
              Map.entry("Plan", Plan.class),
              Map.entry("RateLimitPolicy", RateLimitPolicy.class),
              Map.entry("ApiRoute", ApiRoute.class),
              Map.entry("ShardPool", ShardPool.class),
              Map.entry("GatewayPool", GatewayPool.class),
              Map.entry("ModelRoute", ModelRoute.class),
              Map.entry("ModelServer", ModelServer.class),
              Map.entry("PromptTemplate", PromptTemplate.class),
              Map.entry("Experiment", Experiment.class),
              Map.entry("BillingProvider", BillingProvider.class)));
  private static final Set<String> METADATA =
      Set.of(
          "name",
          "namespace",
          "labels",
          "annotations",
          "uid",
          "generation",
          "resourceVersion",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "finalizers",
          "ownerReferences",
          "managedFields",
          "selfLink");
  private static final Set<String> LIST = Set.of("apiVersion", "kind", "metadata", "items");
  private static final Set<String> SECRET =
      Set.of("apiVersion", "kind", "metadata", "type", "data", "stringData", "immutable");

  /** The schemas of the definitions, by kind, so that files are checked as a cluster does. */
  private static final class Schemas {
    static final JsonNode BY_KIND = load();

    private static JsonNode load() {
      String file = "/META-INF/tollgate/schemas.json";
      try (var in = ManifestReading.class.getResourceAsStream(file)) {
        if (in == null) {
          throw new IllegalStateException(file + " is missing from the class path; rebuild");
        }
        return JSON.readTree(in);
      } catch (IOException broken) {
        throw new IllegalStateException(file + " cannot be read; rebuild", broken);
      }
    }
  }

  private final ManifestFile source;
  private final List<Document> documents = new ArrayList<>();
  private final List<FileError> errors = new ArrayList<>();
  private final Set<String> suspended = new HashSet<>();
  private int number;

  ManifestReading(ManifestFile source) {
    this.source = source;
  }

  Parsed parse() {
    if (source.problem() == null) {
      file();
    } else {
      error(0, 0, "", source.problem());
    }
    return new Parsed(source, List.copyOf(documents), List.copyOf(errors), Set.copyOf(suspended));
  }

  private void error(int document, int line, String path, String message) {
    errors.add(new FileError(source.name(), document, line, path, message));
  }

  private void file() {
    for (YamlDocument.Part part : YamlDocument.split(source.text())) {
      if (part.text().lines().allMatch(l -> l.isBlank() || l.strip().startsWith("#"))) {
        continue;
      }
      number++;
      try {
        var yaml = YamlDocument.parse(part);
        document(yaml, yaml.tree(), "");
      } catch (YamlDocument.Bad bad) {
        error(number, bad.line, bad.path, String.valueOf(bad.getMessage()));
      }
    }
  }

  /** The items of a List, as kubectl writes and takes it, each as if it were a document. */
  private void list(YamlDocument yaml, ObjectNode list, String at) {
    BiConsumer<String, String> to = errors(yaml, at);
    for (Map.Entry<String, JsonNode> field : list.properties()) {
      if (!LIST.contains(field.getKey())) {
        new SchemaCheck(to).unknown(field.getKey(), field.getKey(), LIST);
      }
    }
    if (!list.path("items").isArray()) {
      to.accept("items", "a List has its resources here; write items: [] at least");
      return;
    }
    int index = 0;
    for (JsonNode item : list.path("items")) {
      if (index > 0) {
        number++;
      }
      document(yaml, item, (at.isEmpty() ? "" : at + ".") + "items[" + index++ + "]");
    }
  }

  private BiConsumer<String, String> errors(YamlDocument yaml, String at) {
    int document = number;
    return (path, text) -> {
      String whole = at.isEmpty() || path.isEmpty() ? at + path : at + "." + path;
      error(document, yaml.line(whole), whole, text);
    };
  }

  /**
   * Reads a document, or an item of one.
   *
   * @param at the item's path; empty for the document
   */
  private void document(YamlDocument yaml, JsonNode tree, String at) {
    int before = errors.size();
    BiConsumer<String, String> to = errors(yaml, at);
    SchemaCheck check = new SchemaCheck(to);
    if (!(tree instanceof ObjectNode resource)) {
      to.accept("", "a document is a resource with apiVersion and kind");
      return;
    }
    String api = resource.path("apiVersion").asText("");
    String kind = resource.path("kind").asText("");
    if (api.equals("v1") && kind.equals("List")) {
      list(yaml, resource, at);
      return;
    }
    boolean secret = api.equals("v1") && kind.equals("Secret");
    Class<? extends HasMetadata> type = KINDS.get(kind);
    if (!secret && !known(api, kind, type, to)) {
      return;
    }
    metadata(resource.path("metadata"), check, to);
    if (type == Tenant.class && resource.at("/spec/suspended").asBoolean()) {
      suspended.add(resource.at("/metadata/name").asText());
    }
    if (secret) {
      secret(resource, to, check);
    } else {
      resource(resource, kind, check, to);
    }
    if (errors.size() > before) {
      return;
    }
    try {
      HasMetadata read =
          secret
              ? JSON.treeToValue(resource, Secret.class)
              : JSON.treeToValue(resource, Objects.requireNonNull(type));
      int line = yaml.line((at.isEmpty() ? "" : at + ".") + "metadata.name");
      documents.add(new Document(source.name(), number, line, read));
    } catch (JsonProcessingException unexpected) {
      // the original message may hold a value
      to.accept("", "the resource cannot be read; compare the reference");
    }
  }

  private static boolean known(
      String api,
      String kind,
      @Nullable Class<? extends HasMetadata> type,
      BiConsumer<String, String> to) {
    if (api.isEmpty()) {
      to.accept("apiVersion", "the field is missing; set it to " + API);
    } else if (kind.isEmpty()) {
      to.accept(
          "kind",
          "the field is missing; use one of " + String.join(", ", KINDS.keySet()) + ", Secret");
    } else if (type == null) {
      String near = SchemaCheck.nearest(kind, KINDS.keySet());
      to.accept(
          "kind",
          "there is no kind "
              + Names.printable(kind)
              + (near == null
                  ? "; use one of " + String.join(", ", KINDS.keySet()) + ", Secret"
                  : "; did you mean " + near + "?"));
    } else if (!api.equals(API)) {
      to.accept("apiVersion", kind + " is of " + API + "; correct it");
    } else {
      return true;
    }
    return false;
  }

  private void metadata(JsonNode metadata, SchemaCheck check, BiConsumer<String, String> to) {
    if (!metadata.isObject()) {
      to.accept("metadata", "the resource has no name; set metadata.name");
      return;
    }
    for (Map.Entry<String, JsonNode> field : metadata.properties()) {
      if (!METADATA.contains(field.getKey())) {
        check.unknown("metadata." + field.getKey(), field.getKey(), METADATA);
      }
    }
    JsonNode name = metadata.path("name");
    if (name.isMissingNode() || name.isNull()) {
      to.accept("metadata.name", "the resource has no name; set it");
    } else if (!name.isTextual()) {
      to.accept("metadata.name", "a name is a text; put it in quotes");
    } else if (!NAME.matcher(name.asText()).matches()) {
      to.accept(
          "metadata.name",
          "a name is made of lower-case letters, digits, - and ., at most 253, with a letter or digit"
              + " at both ends and beside each dot; correct it");
    }
    for (String map : List.of("labels", "annotations")) {
      JsonNode entries = metadata.path(map);
      if (!entries.isMissingNode() && !entries.isNull() && !entries.isObject()) {
        to.accept("metadata." + map, "this must be a set of keys and values");
      }
      for (Map.Entry<String, JsonNode> entry : entries.properties()) {
        String path = "metadata." + map + "." + entry.getKey();
        // an API server takes capitals in the domain of an annotation
        String key =
            map.equals("labels") ? entry.getKey() : entry.getKey().toLowerCase(Locale.ROOT);
        if (!KEY.matcher(key).matches()) {
          to.accept(path, "a key is " + WORD + ", after a domain and / if need be; correct it");
        } else if (!entry.getValue().isTextual()) {
          to.accept(path, "the value must be a text; put it in quotes");
        } else if (map.equals("labels") && !LABEL.matcher(entry.getValue().asText()).matches()) {
          to.accept(
              path, "the value of a label is " + WORD + "; correct it, or make an annotation");
        }
      }
    }
  }

  private void resource(
      ObjectNode resource, String kind, SchemaCheck check, BiConsumer<String, String> to) {
    JsonNode schema = Schemas.BY_KIND.get(kind);
    if (schema == null) {
      throw new IllegalStateException("no definition of " + kind);
    }
    ObjectNode rest = JSON.createObjectNode();
    resource.properties().forEach(e -> rest.set(e.getKey(), e.getValue()));
    rest.remove(List.of("apiVersion", "kind", "metadata"));
    check.check(rest, schema, "");
    if (!resource.hasNonNull("spec")) {
      to.accept("spec", "the resource has no spec; write one, spec: {} at least");
    }
  }

  private void secret(ObjectNode resource, BiConsumer<String, String> to, SchemaCheck check) {
    for (Map.Entry<String, JsonNode> field : resource.properties()) {
      if (!SECRET.contains(field.getKey())) {
        check.unknown(field.getKey(), field.getKey(), SECRET);
      }
    }
    for (String map : List.of("data", "stringData")) {
      if (resource.hasNonNull(map) && !resource.get(map).isObject()) {
        to.accept(map, "this must be a set of keys and values");
      }
      for (Map.Entry<String, JsonNode> entry : resource.path(map).properties()) {
        String path = map + "." + entry.getKey();
        if (!entry.getValue().isTextual()) {
          to.accept(path, "this must be a text; put it in quotes");
        } else if (map.equals("data") && !isBase64(entry.getValue().asText())) {
          to.accept(path, "this is not base64; encode it, or use stringData for plain text");
        }
      }
    }
    if (source.open()) {
      to.accept(
          "", "the file holds a Secret but others may read it; run chmod 600 " + source.name());
    }
  }

  private static boolean isBase64(String text) {
    try {
      Base64.getDecoder().decode(text.replaceAll("\\s", ""));
      return true;
    } catch (IllegalArgumentException bad) {
      return false;
    }
  }
}
