package dev.tollgate.core;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file system of a few megabytes in memory, for as long as it is open; only root can make one.
 */
public final class SmallDisk implements AutoCloseable {

  private final Path directory;

  /**
   * Mounts it; where that is not possible the test is left out, but fails where {@code CI=true}.
   */
  public SmallDisk(Path directory, int megabytes) throws IOException, InterruptedException {
    this.directory = directory;
    var size = "size=" + megabytes + "m";
    var made = run("mount", "-t", "tmpfs", "-o", size, "tmpfs", directory.toString()) == 0;
    if (!made && "true".equals(System.getenv("CI"))) {
      fail("no small file system can be mounted at " + directory + "; that takes root");
    }
    assumeTrue(made, "left out: a small file system is needed, and to mount one takes root");
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    var _ = run("umount", "-l", directory.toString());
  }
}
