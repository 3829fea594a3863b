package dev.tollgate.core.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that only their owner can read. */
public final class PrivateFiles {

  /** Of a new file: 0600. */
  public static final FileAttribute<?> MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final FileAttribute<?> DIRECTORY_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private PrivateFiles() {}

  /**
   * Writes a file of mode 0600, in place of any other of the name: the whole of it or nothing,
   * whenever this process is killed and however full the disk is.
   */
  public static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    var whole = file.resolveSibling("." + file.getFileName() + ".new");
    Files.deleteIfExists(whole);
    try {
      Files.createFile(whole, MODE);
      Files.writeString(whole, text);
      try (var written = FileChannel.open(whole, StandardOpenOption.WRITE)) {
        written.force(true);
      }
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  /** Makes a directory of mode 0700, with those above it; one that is there keeps its own. */
  public static void newDirectory(Path directory) throws IOException {
    Files.createDirectories(directory, DIRECTORY_MODE);
  }

  /** Makes an empty file of mode 0600; one that is there keeps its own. */
  public static void newFile(Path file) throws IOException {
    var directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      newDirectory(directory);
    }
    try {
      Files.createFile(file, MODE);
    } catch (FileAlreadyExistsException there) {
      // as it should be, but at the first start
    }
  }

  /** Makes a directory of mode 0700, or gives one that is there that mode. */
  public static void directory(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }
}
