package dev.tollgate.core.tenancy;

import dev.tollgate.crd.resolve.Manifests;
import java.util.function.Consumer;

/** Where resources come from: a watched directory, or the cluster. */
public interface ManifestSource extends AutoCloseable {

  /**
   * Begins to watch. Calls {@code sink} with everything there is, first before this returns where
   * something is at hand, then after each change, always from one thread at a time.
   */
  void start(Consumer<Manifests> sink);

  /** Whether everything has been read at least once; a replica is not ready before. */
  boolean synced();

  @Override
  void close();
}
