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
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;
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
  private static final int LARGEST_FILE = 16 << 20;

  private ManifestReader() {}

  /**
   * What was read, and what could not be.
   *
   * @param documents where manifests and secrets come from
   */
  public record Read(
      Manifests manifests,
      Map<String, Secret> secrets,
      List<FileError> errors,
      List<Document> documents) {}

  /**
   * One file before it is read.
   *
   * @param name of the file, without its folder
   * @param text empty when it cannot be had
   * @param problem why it cannot be had, or null
   * @param open whether others than its owner may read it
   */
  public record Source(String name, String text, @Nullable String problem, boolean open) {

    /** A text that is in no file. */
    public static Source of(String name, String text) {
      return new Source(name, text, null, false);
    }

    private static Source bad(String name, String problem) {
      return new Source(name, "", problem, false);
    }
  }

  /**
   * One good document of a file.
   *
   * @param resource one of Tollgate's, or a Secret
   * @param number counts from 1 in the file
   * @param line of its name
   */
  public record Document(String file, int number, int line, HasMetadata resource) {

    private boolean isAt(Document other) {
      return number == other.number && file.equals(other.file);
    }

    /** {@code Kind/name}. */
    public String key() {
      return resource.getKind() + "/" + resource.getMetadata().getName();
    }
  }

  /**
   * What one file says: its good documents, and what is wrong with the others.
   *
   * @param suspended tenants that it says are suspended, by name; also where something else is
   *     wrong in their documents
   */
  public record Parsed(
      Source source, List<Document> documents, List<FileError> errors, Set<String> suspended) {}

  /** Reads files given as name and text. */
  public static Read read(Map<String, String> files) {
    return merge(
        new TreeMap<>(files)
            .entrySet().stream()
                .map(file -> parse(Source.of(file.getKey(), file.getValue())))
                .toList());
  }

  /**
   * Reads the files *.yaml and *.yml of a folder, not of folders inside it. A file with a Secret
   * must be readable by its owner only (mode 0600). A file that cannot be read is an error.
   *
   * @throws IOException when the folder itself cannot be listed
   */
  public static Read readDirectory(Path directory) throws IOException {
    return merge(sources(directory).values().stream().map(ManifestReader::parse).toList());
  }

  /**
   * The files *.yaml and *.yml of a folder by name, whether they can be read or not.
   *
   * @throws IOException when the folder itself cannot be listed
   */
  public static SortedMap<String, Source> sources(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> list = Files.list(directory)) {
      files = list.filter(ManifestReader::isManifest).filter(f -> !Files.isDirectory(f)).toList();
    } catch (UncheckedIOException broken) {
      throw broken.getCause();
    }
    SortedMap<String, Source> sources = new TreeMap<>();
    for (Path file : files) {
      Source source = source(file);
      // gone since the folder was listed; a link to nothing is still there
      if (source.problem() == null || Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        sources.put(source.name(), source);
      }
    }
    return sources;
  }

  /** One file, whether it can be read or not. */
  public static Source source(Path file) {
    String name = String.valueOf(file.getFileName());
    try {
      // a pipe would keep the reader waiting for ever
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        return Source.bad(name, "this is not a file; remove it, or give it another name");
      }
      byte[] bytes;
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(LARGEST_FILE + 1);
      }
      if (bytes.length > LARGEST_FILE) {
        return Source.bad(name, "the file is larger than 16 MiB; split it");
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return new Source(name, text, null, isOpen(file));
    } catch (CharacterCodingException bad) {
      return Source.bad(name, "the file is not UTF-8; save it as UTF-8");
    } catch (IOException unreadable) {
      return Source.bad(name, "the file cannot be read: " + why(unreadable));
    }
  }

  private static String why(IOException unreadable) {
    return switch (unreadable) {
      case AccessDeniedException denied ->
          "this user may not; run chmod u+r on it, or make it this user's";
      case NoSuchFileException missing -> "it is not there, or a link to nothing; correct the path";
      case FileSystemException other when other.getReason() != null ->
          other.getReason() + "; repair it, or remove it";
      default -> unreadable.getClass().getSimpleName() + "; repair it, or remove it";
    };
  }

  private static boolean isManifest(Path file) {
    String name = String.valueOf(file.getFileName());
    return !name.startsWith(".") && (name.endsWith(".yaml") || name.endsWith(".yml"));
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

  /** Reads one file, apart from what others say. */
  public static Parsed parse(Source source) {
    Reading reading = new Reading(source);
    if (source.problem() == null) {
      reading.file();
    } else {
      reading.error(0, 0, "", source.problem());
    }
    return new Parsed(
        source,
        List.copyOf(reading.documents),
        List.copyOf(reading.errors),
        Set.copyOf(reading.suspended));
  }

  /** All files together: of documents with the same kind and name, the first is used. */
  public static Read merge(Collection<Parsed> files) {
    return merge(files, document -> 0);
  }

  /**
   * All files together.
   *
   * @param rank which of several documents with the same kind and name is used: that of the lowest
   *     rank, and of those the first
   */
  public static Read merge(Collection<Parsed> files, ToIntFunction<Document> rank) {
    Map<String, Document> used = new LinkedHashMap<>();
    for (Parsed file : files) {
      for (Document document : file.documents()) {
        used.merge(
            document.key(),
            document,
            (one, two) -> rank.applyAsInt(two) < rank.applyAsInt(one) ? two : one);
      }
    }
    List<HasMetadata> resources = new ArrayList<>();
    Map<String, Secret> secrets = new TreeMap<>();
    for (Document document : used.values()) {
      if (document.resource() instanceof Secret secret) {
        secrets.put(secret.getMetadata().getName(), secret);
      } else {
        resources.add(document.resource());
      }
    }
    List<FileError> errors = new ArrayList<>();
    for (Parsed file : files) {
      List<FileError> wrong = new ArrayList<>(file.errors());
      for (Document document : file.documents()) {
        Document instead = used.get(document.key());
        if (instead != null && !instead.isAt(document)) {
          wrong.add(twice(document, instead));
        }
      }
      wrong.sort(Comparator.comparingInt(FileError::document));
      errors.addAll(wrong);
    }
    return new Read(
        Manifests.of(resources),
        Map.copyOf(secrets),
        List.copyOf(errors),
        List.copyOf(used.values()));
  }

  private static FileError twice(Document left, Document used) {
    return new FileError(
        left.file(),
        left.number(),
        left.line(),
        "metadata.name",
        left.resource().getKind()
            + " "
            + left.resource().getMetadata().getName()
            + " is in "
            + (left.file().equals(used.file()) ? "this file" : used.file())
            + " too, in line "
            + used.line()
            + ", and that one is used; remove one of them");
  }

  /** The schemas of the definitions, by kind, so that files are checked as a cluster does. */
  private static final class Schemas {
    static final JsonNode BY_KIND = load();

    private static JsonNode load() {
      String file = "/META-INF/tollgate/schemas.json";
      try (var in = ManifestReader.class.getResourceAsStream(file)) {
        if (in == null) {
          throw new IllegalStateException(file + " is missing from the class path; rebuild");
        }
        return JSON.readTree(in);
      } catch (IOException broken) {
        throw new IllegalStateException(file + " cannot be read; rebuild", broken);
      }
    }
  }

  /** The reading of one file. */
  private static final class Reading {
    private final Source source;
    private final List<Document> documents = new ArrayList<>();
    private final List<FileError> errors = new ArrayList<>();
    private final Set<String> suspended = new HashSet<>();

    Reading(Source source) {
      this.source = source;
    }

    void error(int document, int line, String path, String message) {
      errors.add(new FileError(source.name(), document, line, path, message));
    }

    void file() {
      int number = 0;
      for (YamlDocument.Part part : YamlDocument.split(source.text())) {
        if (part.text().lines().allMatch(l -> l.isBlank() || l.strip().startsWith("#"))) {
          continue;
        }
        number++;
        try {
          document(number, YamlDocument.parse(part));
        } catch (YamlDocument.Bad bad) {
          error(number, bad.line, bad.path, String.valueOf(bad.getMessage()));
        }
      }
    }

    private void document(int number, YamlDocument yaml) {
      JsonNode tree = yaml.tree();
      int before = errors.size();
      BiConsumer<String, String> to = (path, text) -> error(number, yaml.line(path), path, text);
      SchemaCheck check = new SchemaCheck(to);
      if (!(tree instanceof ObjectNode resource)) {
        to.accept("", "a document is a resource with apiVersion and kind");
        return;
      }
      String api = resource.path("apiVersion").asText();
      String kind = resource.path("kind").asText();
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
        documents.add(new Document(source.name(), number, yaml.line("metadata.name"), read));
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
                + SchemaCheck.printable(kind)
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
        ObjectNode resource, String kind, SchemaCheck check, BiConsumer<String, String> to) {
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
}
