package dev.tollgate.core.access;

import java.util.List;

/** Where API keys are kept, as hashes. May block, may throw. */
public interface KeyStore {

  List<KeyRecord> all();

  List<KeyRecord> of(String tenantId);

  /** Adds a key, or changes its expiry and revokes it; what is revoked stays so. */
  void put(KeyRecord key);

  /** Another number after each {@link #put}, which costs little to ask for. */
  long changes();
}
