package dev.tollgate.crd.manifest;

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
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One file of manifests before it is read.
 *
 * @param name of the file, without its folder
 * @param text empty when it cannot be had
 * @param problem why it cannot be had, or null
 * @param open whether others than its owner may read it
 */
public record ManifestFile(String name, String text, @Nullable String problem, boolean open) {

  private static final int LARGEST = 16 << 20;
  private static final List<String> ENDS = List.of(".yaml", ".yml", ".json");

  /** How far below a folder manifests are looked for to say that they are not read. */
  private static final int DEPTH = 3;

  /** A text that is in no file. */
  public static ManifestFile of(String name, String text) {
    return new ManifestFile(name, text, null, false);
  }

  private static ManifestFile bad(String name, String problem) {
    return new ManifestFile(name, "", problem, false);
  }

  /**
   * The files *.yaml, *.yml and *.json of a folder by name, whether they can be read or not.
   *
   * @throws IOException when the folder itself cannot be listed
   */
  public static SortedMap<String, ManifestFile> in(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> list = Files.list(directory)) {
      files = list.filter(ManifestFile::isManifest).filter(f -> !Files.isDirectory(f)).toList();
    } catch (UncheckedIOException broken) {
      throw broken.getCause();
    }
    SortedMap<String, ManifestFile> sources = new TreeMap<>();
    for (Path file : files) {
      ManifestFile source = at(file);
      // gone since the folder was listed; a link to nothing is still there
      if (source.problem() == null || Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        sources.put(source.name(), source);
      }
    }
    return sources;
  }

  /** One file, whether it can be read or not. */
  public static ManifestFile at(Path file) {
    String name = String.valueOf(file.getFileName());
    try {
      // a pipe would keep the reader waiting for ever
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        return bad(name, "this is not a file; remove it, or give it another name");
      }
      try (InputStream in = Files.newInputStream(file)) {
        return read(name, in, isOpen(file));
      }
    } catch (IOException unreadable) {
      return bad(name, "the file cannot be read: " + why(unreadable));
    }
  }

  /** What comes from a stream, to its end. */
  public static ManifestFile from(String name, InputStream in) throws IOException {
    return read(name, in, false);
  }

  private static ManifestFile read(String name, InputStream in, boolean open) throws IOException {
    byte[] bytes = in.readNBytes(LARGEST + 1);
    if (bytes.length > LARGEST) {
      return bad(name, "the file is larger than 16 MiB; split it");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return new ManifestFile(name, text, null, open);
    } catch (CharacterCodingException bad) {
      return bad(name, "the file is not UTF-8; save it as UTF-8");
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

  /** Whether a file of this name is read where its folder is. */
  public static boolean isManifest(String name) {
    return !name.startsWith(".") && ENDS.stream().anyMatch(name::endsWith);
  }

  /**
   * The folders inside a folder that have manifests, which are not read, by name.
   *
   * @throws IOException when the folder itself cannot be listed
   */
  public static List<String> passedOver(Path directory) throws IOException {
    List<String> folders = new ArrayList<>();
    try (Stream<Path> list = Files.list(directory)) {
      for (Path entry : list.sorted().toList()) {
        String name = String.valueOf(entry.getFileName());
        if (!name.startsWith(".") && Files.isDirectory(entry) && hasManifests(entry)) {
          folders.add(name);
        }
      }
    } catch (UncheckedIOException broken) {
      throw broken.getCause();
    }
    return folders;
  }

  private static boolean hasManifests(Path folder) {
    try (Stream<Path> files = Files.walk(folder, DEPTH)) {
      return files.anyMatch(file -> isManifest(file) && Files.isRegularFile(file));
    } catch (IOException | UncheckedIOException unreadable) {
      return false;
    }
  }

  private static boolean isManifest(Path file) {
    String name = String.valueOf(file.getFileName());
    return isManifest(name);
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
