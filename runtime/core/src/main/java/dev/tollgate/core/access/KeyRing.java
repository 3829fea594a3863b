package dev.tollgate.core.access;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.Serving;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All API keys in memory, by hash. Follows the store every second, and goes on with what it has
 * while the store is away; until it was read once, nothing is said of a key that is not a tenant's
 * first. A change made through this ring holds at once; one made by another replica within two
 * seconds.
 */
public final class KeyRing implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);
  private static final long POLL_NANOS = 1_000_000_000L;

  /** All keys are read after so many looks, also where no change is told: a row may be put back. */
  private static final int LOOKS = 10;

  /** Live keys that one tenant may have made. */
  public static final int MAX_LIVE = 50;

  /** How long a key works on after its successor was made. */
  public static final Duration GRACE = Duration.ofDays(1);

  private final KeyStore store;
  private final Serving serving;
  private final InstantSource clock;
  private final Thread follower;
  private volatile Map<String, KeyRecord> byHash = Map.of();
  private volatile Map<String, String> firstKeys = Map.of();
  private volatile Set<String> unserved = Set.of();
  private volatile boolean read;
  private volatile boolean stopping;
  private boolean failing;
  private long changes = -1;

  public KeyRing(KeyStore store, Serving serving, InstantSource clock) {
    this.store = store;
    this.serving = serving;
    this.clock = clock;
    serving.onChange(state -> {
      Map<String, String> keys = new HashMap<>();
      for (var tenant : state.tenants().values()) {
        if (tenant.keyHash() != null) {
          keys.put(tenant.keyHash(), tenant.tenantId());
        }
      }
      Set<String> ids = new HashSet<>();
      for (var tenant : state.unserved().values()) {
        if (tenant.tenantId() != null) {
          ids.add(tenant.tenantId());
          if (tenant.keyHash() != null) {
            keys.put(tenant.keyHash(), tenant.tenantId());
          }
        }
      }
      firstKeys = Map.copyOf(keys);
      unserved = Set.copyOf(ids);
    });
    refresh();
    follower = Thread.ofPlatform().daemon().name("keys").start(this::follow);
  }

  private void follow() {
    for (int look = 1; !stopping; look++) {
      LockSupport.parkNanos(POLL_NANOS);
      refresh(look % LOOKS == 0);
    }
  }

  private void refresh() {
    refresh(true);
  }

  /**
   * @param all whether to read them where no change is told
   */
  private synchronized void refresh(boolean all) {
    try {
      var now = store.changes(); // before the keys: a change in between is seen by the next look
      if (!all && !failing && now == changes) {
        return;
      }
      Map<String, KeyRecord> fresh = new HashMap<>();
      for (var key : store.all()) {
        fresh.put(key.hash(), key);
      }
      byHash = Map.copyOf(fresh);
      changes = now;
      read = true;
      failing = false;
    } catch (RuntimeException e) {
      if (!failing) {
        LOG.warn("API keys cannot be refreshed, those in memory serve on: {}", e.getMessage());
        failing = true;
      }
    }
  }

  /** What is known of a key, or null; the first key of a tenant has every scope. */
  @Nullable KeyRecord find(String hash) {
    var tenant = firstKeys.get(hash);
    return tenant == null ? byHash.get(hash) : first(tenant, hash);
  }

  private static KeyRecord first(String tenantId, String hash) {
    return new KeyRecord(tenantId, hash, "first", Scopes.ALL, Instant.EPOCH, null, false);
  }

  /** The first key of a tenant in a cluster; it is in a Secret, and not in the store. */
  public Optional<KeyRecord> first(String tenantId) {
    return firstKeys.entrySet().stream()
        .filter(key -> key.getValue().equals(tenantId))
        .map(key -> first(tenantId, key.getKey()))
        .findFirst();
  }

  /** Whether the keys that tenants made were read from the store at least once. */
  boolean isRead() {
    return read;
  }

  /** Whether a key is one of a tenant's that work. */
  public boolean isLive(String tenantId, String secret) {
    var key = find(ApiKey.hash(secret));
    return key != null
        && key.tenantId().equals(tenantId)
        && key.state(clock.instant()).equals("live");
  }

  /** Whether the tenant is there but cannot be served. */
  boolean isUnserved(String tenantId) {
    return unserved.contains(tenantId);
  }

  /** All keys of the tenant, the first one in front. */
  public List<KeyRecord> list(String tenantId) {
    return Stream.concat(first(tenantId).stream(), store.of(tenantId).stream()).toList();
  }

  /** A key that was made now; {@code secret} is shown once. */
  public record Made(String secret, KeyRecord key) {}

  /**
   * Makes a key.
   *
   * @throws Refused when the tenant has too many live keys
   */
  public Made create(String tenantId, String label, Set<String> scopes, @Nullable Instant expires) {
    var now = clock.instant();
    if (store.of(tenantId).stream().filter(k -> k.state(now).equals("live")).count() >= MAX_LIVE) {
      throw new Refused(
          Problem.of(
              409,
              "too-many-keys",
              "Too many keys",
              "There are " + MAX_LIVE + " live keys already; revoke one first."));
    }
    var key = ApiKey.generate();
    var record = new KeyRecord(tenantId, key.hash(), label, Scopes.of(scopes), now, expires, false);
    store.put(record);
    refresh();
    return new Made(key.secret(), record);
  }

  /**
   * Makes a successor with the same label and scopes, which lives as long from now on as the old
   * key was made to; the old key works for {@link #GRACE} more, or until it expires. Who lost the
   * answer may ask again: that makes another one, and the old key works no longer for it.
   *
   * @param latest when the successor ends in any case; null when it need not
   * @throws Refused when the key is not live, or the tenant has too many live keys
   */
  public Made rotate(String tenantId, String id, @Nullable Instant latest) {
    var old = one(tenantId, id);
    var now = clock.instant();
    var state = old.state(now);
    if (!state.equals("live")) {
      throw new Refused(
          Problem.of(
              409,
              "key-not-live",
              "Key not live",
              "The key is " + state + ", and only a live one has a successor; make a new key."));
    }
    var end = old.end();
    var next =
        end == null ? latest : earlier(now.plus(Duration.between(old.created(), end)), latest);
    var made = create(tenantId, old.label(), old.scopes().names(), next);
    store.put(old.rotate(earlier(now.plus(GRACE), old.expires())));
    refresh();
    return made;
  }

  /**
   * The earlier of two ends.
   *
   * @param other null for none
   */
  private static Instant earlier(Instant end, @Nullable Instant other) {
    return other != null && other.isBefore(end) ? other : end;
  }

  /** Ends a key. */
  public void revoke(String tenantId, String id) {
    store.put(one(tenantId, id).revoke());
    refresh();
  }

  /**
   * A key that the tenant made.
   *
   * @throws Refused when it made none with this id
   */
  public KeyRecord one(String tenantId, String id) {
    if (first(tenantId).filter(k -> k.id().equals(id)).isPresent()) {
      throw new Refused(
          Problem.of(
              409,
              "first-key",
              "First key",
              "The first key is in a Secret of the cluster; who runs the platform replaces it there."));
    }
    return store.of(tenantId).stream()
        .filter(k -> k.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new Refused(
                Problem.of(
                    404,
                    "no-such-key",
                    "No such key",
                    "There is no key with this id among those you made; GET /v1/keys lists"
                        + " them.")));
  }

  /** Something about keys was refused. */
  public static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Problem problem;

    Refused(Problem problem) {
      super(problem.detail());
      this.problem = problem;
    }

    public Problem problem() {
      return problem;
    }
  }

  Serving serving() {
    return serving;
  }

  InstantSource clock() {
    return clock;
  }

  @Override
  public void close() {
    stopping = true;
    LockSupport.unpark(follower);
  }
}
