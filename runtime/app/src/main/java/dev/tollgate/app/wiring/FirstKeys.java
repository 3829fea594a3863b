package dev.tollgate.app.wiring;

import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.access.Scopes;
import dev.tollgate.core.store.PrivateFiles;
import dev.tollgate.core.tenancy.ServingState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first key of each tenant, standalone: made once, and kept in a file that only this user can
 * read. In a cluster the operator makes it, as a Secret.
 */
public final class FirstKeys {

  private static final Logger LOG = LoggerFactory.getLogger(FirstKeys.class);

  private final Path directory;
  private final KeyRing keys;

  /** Keys by tenant id whose files could not be written; the same are written once they can. */
  private final Map<String, String> unwritten = new HashMap<>();

  FirstKeys(Path data, KeyRing keys) {
    this.directory = data.resolve("keys");
    this.keys = keys;
  }

  /** Makes those that are missing. */
  public synchronized void make(ServingState state) {
    for (var tenant : state.tenants().values()) {
      var file = directory.resolve(tenant.name());
      if (tenant.keyHash() == null && !Files.exists(file)) {
        var secret =
            unwritten.computeIfAbsent(
                tenant.tenantId(),
                id -> keys.create(id, "first", Scopes.ALL.names(), null).secret());
        try {
          PrivateFiles.write(file, secret);
          unwritten.remove(tenant.tenantId());
        } catch (IOException e) {
          LOG.warn(
              "The first key of tenant {} could not be kept in {}; it is tried again with the next"
                  + " change",
              tenant.name(),
              file,
              e);
        }
      }
    }
  }

  /** Keys that work, by tenant name. */
  public Map<String, String> working(ServingState state) {
    var working = all();
    working
        .entrySet()
        .removeIf(key -> {
          var tenant = state.tenantIds().get(key.getKey());
          return tenant == null
              || !state.tenants().containsKey(tenant)
              || !keys.isLive(tenant, key.getValue());
        });
    return working;
  }

  /** Keys by tenant name, whether they work or not. */
  public Map<String, String> all() {
    var all = new TreeMap<String, String>();
    if (Files.isDirectory(directory)) {
      try (var files = Files.list(directory)) {
        for (var file : files.toList()) {
          all.put(file.getFileName().toString(), Files.readString(file).strip());
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + directory, e);
      }
    }
    return all;
  }
}
