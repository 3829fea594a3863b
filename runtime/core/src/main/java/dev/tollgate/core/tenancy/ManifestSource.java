package dev.tollgate.core.tenancy;

import dev.tollgate.crd.manifest.FileError;
import dev.tollgate.crd.manifest.Manifests;
import java.util.List;
import java.util.function.UnaryOperator;

/** Where resources come from: a watched directory, or the cluster. */
public interface ManifestSource extends AutoCloseable {

  /**
   * Begins to watch. Calls {@code sink} with everything there is, first before this returns where
   * something is at hand, then after each change, always from one thread at a time.
   *
   * @param sink answers what of it is served, which is kept for the next start
   */
  void start(UnaryOperator<Manifests> sink);

  /** Whether everything has been read at least once; a replica is not ready before. */
  boolean synced();

  /** What could not be read, and why; empty where there are no files. */
  default List<FileError> errors() {
    return List.of();
  }

  @Override
  void close();
}
