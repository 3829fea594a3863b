package dev.tollgate.core.access;

import java.time.Instant;
import java.util.List;

/** Where API keys are kept, as hashes. May block, may throw. */
public interface KeyStore {

  List<KeyRecord> all();

  List<KeyRecord> of(String tenantId);

  /** Adds a key, or changes its expiry and revokes it; what is revoked stays so. */
  void put(KeyRecord key);

  /**
   * Deletes keys that ended long ago. That one was revoked is noted by the first call after it.
   *
   * @param now when the keys have ended that were revoked and not noted yet
   * @param before those that ended earlier are deleted
   * @return how many were
   */
  int forget(Instant now, Instant before, int atMost);

  /** Another number after each {@link #put}, which costs little to ask for. */
  long changes();
}
