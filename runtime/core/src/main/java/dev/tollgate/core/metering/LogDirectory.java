package dev.tollgate.core.metering;

import dev.tollgate.core.store.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory of a usage log, which is this process's alone until it is closed. */
final class LogDirectory implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  private final Path path;
  private final FileChannel file;
  private final FileLock lock;

  private LogDirectory(Path path, FileChannel file, FileLock lock) {
    this.path = path;
    this.file = file;
    this.lock = lock;
  }

  /**
   * Takes a directory, which is made where it is missing.
   *
   * @throws IOException when another process uses it, or it cannot be written to
   */
  static LogDirectory take(Path path) throws IOException {
    PrivateFiles.newDirectory(path);
    var file =
        FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      var lock = file.tryLock();
      if (lock != null) {
        return new LogDirectory(path, file, lock);
      }
    } catch (OverlappingFileLockException e) {
      LOG.debug("locked by this process", e);
    }
    file.close();
    throw new IOException("another process uses " + path + "; stop it, or name another");
  }

  /** What names the log in the ledger; made the first time. */
  String id() throws IOException {
    var named = path.resolve("id");
    if (!Files.exists(named)) {
      var bytes = new byte[16];
      RANDOM.nextBytes(bytes);
      PrivateFiles.write(named, HexFormat.of().formatHex(bytes));
    }
    var id = Files.readString(named).strip();
    if (!ID.matcher(id).matches()) {
      throw new IOException(
          named
              + " does not name the log; delete it, and the segments beside it, if it was never"
              + " used");
    }
    return id;
  }

  @Override
  public void close() throws IOException {
    lock.release();
    file.close();
  }
}
