package dev.tollgate.crd.manifest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * Reads resources from YAML as strictly as an API server: unknown fields, wrong types and bounds
 * are errors with file, document, line and path. A bad document never drops the good ones. Any
 * thread.
 */
public final class ManifestReader {

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
   * One good document of a file.
   *
   * @param resource one of Tollgate's, or a Secret
   * @param number counts from 1 in the file; each item of a List counts
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
      ManifestFile source,
      List<Document> documents,
      List<FileError> errors,
      Set<String> suspended) {}

  /** Reads files given as name and text. */
  public static Read read(Map<String, String> files) {
    return merge(
        new TreeMap<>(files)
            .entrySet().stream()
                .map(file -> parse(ManifestFile.of(file.getKey(), file.getValue())))
                .toList());
  }

  /**
   * Reads the files *.yaml, *.yml and *.json of a folder, not of folders inside it. A file with a
   * Secret must be readable by its owner only (mode 0600). A file that cannot be read is an error.
   *
   * @throws IOException when the folder itself cannot be listed
   */
  public static Read readDirectory(Path directory) throws IOException {
    return merge(ManifestFile.in(directory).values().stream().map(ManifestReader::parse).toList());
  }

  /** Reads one file, apart from what others say. */
  public static Parsed parse(ManifestFile source) {
    return new ManifestReading(source).parse();
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
}
