package dev.tollgate.core.store;

import dev.tollgate.core.access.KeyRecord;
import dev.tollgate.core.access.Scopes;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import io.micronaut.data.annotation.MappedProperty;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code api_key}.
 *
 * @param scopes with spaces between
 */
@MappedEntity("api_key")
record KeyRow(
    String tenantId,
    @Id String hash,
    String label,
    String scopes,
    @MappedProperty(converter = EpochMillis.class) Instant created,
    @MappedProperty(converter = EpochMillis.class) @Nullable Instant expires,
    boolean revoked,
    boolean rotated,
    @MappedProperty(converter = EpochMillis.class) @Nullable Instant planned) {

  static KeyRow of(KeyRecord key) {
    return new KeyRow(
        key.tenantId(),
        key.hash(),
        key.label(),
        String.join(" ", key.scopes().names()),
        key.created(),
        key.expires(),
        key.revoked(),
        key.rotated(),
        key.planned());
  }

  KeyRecord key() {
    var granted = scopes.isEmpty() ? Set.<String>of() : Set.of(scopes.split(" ", -1));
    return new KeyRecord(
        tenantId, hash, label, Scopes.of(granted), created, expires, revoked, rotated, planned);
  }
}
