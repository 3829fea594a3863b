package dev.tollgate.core.access;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Keys in memory, that can be away; counts how often all of them are read. */
public final class MapKeyStore implements KeyStore {

  final AtomicInteger reads = new AtomicInteger();
  volatile boolean away;
  private final Map<String, KeyRecord> keys = new ConcurrentHashMap<>();
  private final AtomicLong changes = new AtomicLong();

  @Override
  public List<KeyRecord> all() {
    requireThere();
    reads.incrementAndGet();
    return List.copyOf(keys.values());
  }

  @Override
  public List<KeyRecord> of(String tenantId) {
    return keys.values().stream().filter(k -> k.tenantId().equals(tenantId)).toList();
  }

  @Override
  public void put(KeyRecord key) {
    keys.put(key.hash(), key);
    changes.incrementAndGet();
  }

  @Override
  public int forget(Instant now, Instant before, int atMost) {
    throw new UnsupportedOperationException("these keys stay");
  }

  @Override
  public long changes() {
    requireThere();
    return changes.get();
  }

  private void requireThere() {
    if (away) {
      throw new IllegalStateException("the database is away");
    }
  }
}
