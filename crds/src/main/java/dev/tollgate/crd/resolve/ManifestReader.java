package dev.tollgate.crd.resolve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads resources from YAML as strictly as an API server: unknown fields, wrong types and bounds
 * are errors with file, document, line and path. A bad document never drops the good ones. Any
 * thread.
 */
public final class ManifestReader {
  private static final String API = "tollgate.dev/v1alpha1";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
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
  private static final Set<String> SECRET =
      Set.of("apiVersion", "kind", "metadata", "type", "data", "stringData", "immutable");
  private static final long LARGEST_FILE = 16L << 20;

  private ManifestReader() {}

  /** What was read, and what could not be. */
  public record Read(Manifests manifests, Map<String, Secret> secrets, List<FileError> errors) {}

  /** Reads files given as name and text. */
  public static Read read(Map<String, String> files) {
    Reading reading = new Reading();
    new TreeMap<>(files).forEach((file, yaml) -> reading.file(file, yaml, null));
    return reading.result();
  }

  /**
   * Reads the files *.yaml and *.yml of a folder, not of folders inside it. A file with a Secret
   * must be readable by its owner only (mode 0600). A file that cannot be read is an error.
   *
   * @throws IOException when the folder itself cannot be listed
   */
  public static Read readDirectory(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> list = Files.list(directory)) {
      files =
          list.filter(ManifestReader::isManifest)
              .filter(f -> !Files.isDirectory(f))
              .sorted()
              .toList();
    }
    Reading reading = new Reading();
    for (Path file : files) {
      String name = String.valueOf(file.getFileName());
      try {
        if (Files.size(file) > LARGEST_FILE) {
          reading.error(name, 0, 0, "", "the file is larger than 16 MiB; split it");
          continue;
        }
        String text =
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                .toString();
        reading.file(name, text, file);
      } catch (CharacterCodingException bad) {
        reading.error(name, 0, 0, "", "the file is not UTF-8; save it as UTF-8");
      } catch (IOException unreadable) {
        reading.error(
            name,
            0,
            0,
            "",
            "the file cannot be read (" + unreadable.getClass().getSimpleName() + ")");
      }
    }
    return reading.result();
  }

  private static boolean isManifest(Path file) {
    String name = String.valueOf(file.getFileName());
    return !name.startsWith(".") && (name.endsWith(".yaml") || name.endsWith(".yml"));
  }

  /** The schemas of the definitions on the class path, by kind. */
  private static final class Schemas {
    static final Map<String, JsonNode> BY_KIND = load();

    private static Map<String, JsonNode> load() {
      Map<String, JsonNode> schemas = new TreeMap<>();
      for (Map.Entry<String, Class<? extends HasMetadata>> kind : KINDS.entrySet()) {
        String file = "/META-INF/tollgate/crds/" + HasMetadata.getPlural(kind.getValue()) + ".yaml";
        try (var in = ManifestReader.class.getResourceAsStream(file)) {
          if (in == null) {
            throw new IllegalStateException(file + " is missing from the class path; rebuild");
          }
          String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          JsonNode crd = YamlDocument.parse(new YamlDocument.Part(1, text)).tree();
          schemas.put(kind.getKey(), crd.at("/spec/versions/0/schema/openAPIV3Schema"));
        } catch (IOException | YamlDocument.Bad broken) {
          throw new IllegalStateException(file + " cannot be read; rebuild", broken);
        }
      }
      return schemas;
    }
  }

  /** One reading of many files. */
  private static final class Reading {
    private final List<HasMetadata> resources = new ArrayList<>();
    private final Map<String, Secret> secrets = new TreeMap<>();
    private final List<FileError> errors = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();

    Read result() {
      return new Read(Manifests.of(resources), Map.copyOf(secrets), List.copyOf(errors));
    }

    void error(String file, int document, int line, String path, String message) {
      errors.add(new FileError(file, document, line, path, message));
    }

    void file(String file, String yaml, @Nullable Path on) {
      int number = 0;
      for (YamlDocument.Part part : YamlDocument.split(yaml)) {
        if (part.text().lines().allMatch(l -> l.isBlank() || l.strip().startsWith("#"))) {
          continue;
        }
        number++;
        try {
          document(file, number, YamlDocument.parse(part), on);
        } catch (YamlDocument.Bad bad) {
          error(file, number, bad.line, bad.path, String.valueOf(bad.getMessage()));
        }
      }
    }

    private void document(String file, int number, YamlDocument yaml, @Nullable Path on) {
      JsonNode tree = yaml.tree();
      int before = errors.size();
      SchemaCheck check =
          new SchemaCheck((path, text) -> error(file, number, yaml.line(path), path, text));
      if (!(tree instanceof ObjectNode resource)) {
        error(file, number, yaml.line(""), "", "a document is a resource with apiVersion and kind");
        return;
      }
      String api = resource.path("apiVersion").asText();
      String kind = resource.path("kind").asText();
      boolean secret = api.equals("v1") && kind.equals("Secret");
      Class<? extends HasMetadata> type = KINDS.get(kind);
      if (!secret && !known(api, kind, type, file, number, yaml)) {
        return;
      }
      metadata(resource.path("metadata"), check, (p, m) -> error(file, number, yaml.line(p), p, m));
      if (secret) {
        secret(resource, file, number, yaml, on, check);
      } else {
        resource(resource, kind, check, (p, m) -> error(file, number, yaml.line(p), p, m));
      }
      if (errors.size() > before) {
        return;
      }
      String name = resource.path("metadata").path("name").asText();
      if (!seen.add(kind + "/" + name)) {
        error(
            file,
            number,
            yaml.line("metadata.name"),
            "metadata.name",
            kind + " " + name + " is there twice; the first is used, remove one");
        return;
      }
      try {
        if (secret) {
          secrets.put(name, JSON.treeToValue(resource, Secret.class));
        } else if (type != null) {
          resources.add(JSON.treeToValue(resource, type));
        }
      } catch (JsonProcessingException unexpected) {
        // the original message may hold a value
        error(
            file, number, yaml.line(""), "", "the resource cannot be read; compare the reference");
      }
    }

    private boolean known(
        String api,
        String kind,
        @Nullable Class<? extends HasMetadata> type,
        String file,
        int number,
        YamlDocument yaml) {
      if (api.isEmpty()) {
        error(file, number, yaml.line(""), "apiVersion", "the field is missing; set it to " + API);
      } else if (kind.isEmpty()) {
        error(
            file,
            number,
            yaml.line(""),
            "kind",
            "the field is missing; use one of " + String.join(", ", KINDS.keySet()) + ", Secret");
      } else if (type == null) {
        String near = SchemaCheck.nearest(kind, KINDS.keySet());
        error(
            file,
            number,
            yaml.line("kind"),
            "kind",
            "there is no kind "
                + SchemaCheck.printable(kind)
                + (near == null
                    ? "; use one of " + String.join(", ", KINDS.keySet()) + ", Secret"
                    : "; did you mean " + near + "?"));
      } else if (!api.equals(API)) {
        error(
            file,
            number,
            yaml.line("apiVersion"),
            "apiVersion",
            kind + " is of " + API + "; correct it");
      } else {
        return true;
      }
      return false;
    }

    private void metadata(
        JsonNode metadata, SchemaCheck check, java.util.function.BiConsumer<String, String> to) {
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
      if (!name.isTextual() || !NAME.matcher(name.asText()).matches()) {
        to.accept(
            "metadata.name",
            "a name is made of lower-case letters, digits, - and ., at most 253; correct it");
      }
      for (String map : List.of("labels", "annotations")) {
        JsonNode entries = metadata.path(map);
        boolean texts = entries.isMissingNode() || entries.isNull() || entries.isObject();
        for (JsonNode value : entries) {
          texts &= value.isTextual();
        }
        if (!texts) {
          to.accept("metadata." + map, "every value must be a text; put it in quotes");
        }
      }
    }

    private void resource(
        ObjectNode resource,
        String kind,
        SchemaCheck check,
        java.util.function.BiConsumer<String, String> to) {
      JsonNode schema = Schemas.BY_KIND.get(kind);
      if (schema == null) {
        throw new IllegalStateException("no definition of " + kind);
      }
      ObjectNode rest = JSON.createObjectNode();
      resource.properties().forEach(e -> rest.set(e.getKey(), e.getValue()));
      rest.remove(List.of("apiVersion", "kind", "metadata"));
      check.check(rest, schema, "");
      if (!resource.path("spec").isObject()
          && !resource.path("spec").isNull()
          && resource.has("spec")) {
        return;
      }
      if (!resource.hasNonNull("spec")) {
        to.accept("spec", "the resource has no spec; write one, spec: {} at least");
      }
    }

    private void secret(
        ObjectNode resource,
        String file,
        int number,
        YamlDocument yaml,
        @Nullable Path on,
        SchemaCheck check) {
      for (Map.Entry<String, JsonNode> field : resource.properties()) {
        if (!SECRET.contains(field.getKey())) {
          check.unknown(field.getKey(), field.getKey(), SECRET);
        }
      }
      for (String map : List.of("data", "stringData")) {
        if (resource.hasNonNull(map) && !resource.get(map).isObject()) {
          error(file, number, yaml.line(map), map, "this must be a set of keys and values");
        }
        for (Map.Entry<String, JsonNode> entry : resource.path(map).properties()) {
          String path = map + "." + entry.getKey();
          if (!entry.getValue().isTextual()) {
            error(file, number, yaml.line(path), path, "this must be a text; put it in quotes");
          } else if (map.equals("data") && !isBase64(entry.getValue().asText())) {
            error(
                file,
                number,
                yaml.line(path),
                path,
                "this is not base64; encode it, or use stringData for plain text");
          }
        }
      }
      if (on != null && isOpen(on)) {
        error(
            file,
            number,
            yaml.line(""),
            "",
            "the file holds a Secret but others may read it; run chmod 600 " + file);
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

    private static boolean isOpen(Path file) {
      PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
      if (view == null) {
        return false;
      }
      try {
        Set<PosixFilePermission> all = view.readAttributes().permissions();
        return all.stream().anyMatch(p -> !p.name().startsWith("OWNER_"));
      } catch (IOException unreadable) {
        return true;
      }
    }
  }
}
