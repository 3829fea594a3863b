package dev.tollgate.gateway.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Answers of backends, kept as HTTP says (RFC 9111, a shared cache). The gateway's backends do not
 * see the caller's credential, yet an answer is shared among tenants only where it says {@code
 * public} or {@code s-maxage}; any other that may be kept at all is kept for its tenant alone. Any
 * thread; no lock that tenants share.
 */
public final class ResponseCache {

  private static final int MAX_VARIANTS = 16;
  private static final String SHARED = "";

  /** Statuses that may be kept without being told so (RFC 9110, 15.1), 206 aside. */
  private static final Set<Integer> BY_DEFAULT =
      Set.of(200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501);

  private final Cache<Key, Variants> entries;
  private final Map<String, Set<String>> backends = new ConcurrentHashMap<>();
  private final AtomicLongArray invalidations = new AtomicLongArray(4096);
  private final int maxEntryBytes;
  private final InstantSource clock;

  /** What an entry takes besides its texts and bodies: objects, and its place in the cache. */
  private static final int ENTRY_BYTES = 512;

  /**
   * What is asked for.
   *
   * @param backends tells requests apart that other backends of the route answer; not many values
   * @param target path, query and host
   */
  public record Resource(String route, String backends, String target) {}

  /**
   * When a request began that a backend is asked for; what invalidates its target from then on
   * keeps its answer from being stored.
   *
   * @param invalidations of the target until then
   */
  public record Asked(long millis, long invalidations) {}

  private record Key(String scope, Resource resource) {
    long weight() {
      return ENTRY_BYTES
          + 2L
              * (scope.length()
                  + resource.route().length()
                  + resource.backends().length()
                  + resource.target().length());
    }
  }

  private record Variants(List<String> vary, List<StoredResponse> responses) {
    long weight() {
      var weight = 0L;
      for (var name : vary) {
        weight += 64 + 2L * name.length();
      }
      for (var response : responses) {
        weight += response.weight();
      }
      return weight;
    }
  }

  /** The headers of a request or an answer, by name whatever its case; all values. */
  public interface Headers {
    List<String> all(String name);

    /** The first value, or null. */
    default @Nullable String first(String name) {
      var values = all(name);
      return values.isEmpty() ? null : values.getFirst();
    }
  }

  /** What the cache says to a request. */
  public sealed interface Found {
    /** Answer with this. */
    record Fresh(StoredResponse response) implements Found {}

    /** Ask the backend, with its validators where it has any. */
    record Stale(StoredResponse response) implements Found {}

    /** Ask the backend. */
    record Nothing() implements Found {}

    /** The client wants only what is at hand: 504 (RFC 9111, 5.2.1.7). */
    record OnlyIfCached() implements Found {}
  }

  private static final Found NOTHING = new Found.Nothing();

  /**
   * @param maxBytes of all answers together, with what they are found by
   * @param maxEntryBytes of one body
   */
  public ResponseCache(long maxBytes, int maxEntryBytes, InstantSource clock) {
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher((Key key, Variants variants) ->
                (int) Math.min(Integer.MAX_VALUE, key.weight() + variants.weight()))
            // what is too much goes at once, so that the bound holds at every moment
            .executor(Runnable::run)
            .build();
    this.maxEntryBytes = maxEntryBytes;
    this.clock = clock;
  }

  /** The longest body that is kept, in bytes. */
  public int maxEntryBytes() {
    return maxEntryBytes;
  }

  /** To be noted before a backend is asked. */
  public Asked asked(Resource resource) {
    return new Asked(clock.millis(), invalidations.get(slot(resource)));
  }

  /** Targets share slots: a change of one may keep an answer of another from being stored. */
  private int slot(Resource resource) {
    var hash = 31 * resource.route().hashCode() + resource.target().hashCode();
    return Math.floorMod(hash ^ (hash >>> 16), invalidations.length());
  }

  /**
   * Looks for an answer to a GET or HEAD request.
   *
   * @param origins those whose answers are still good
   */
  public Found find(
      String tenantId, Resource resource, Headers request, Predicate<String> origins) {
    var control = CacheControl.ofRequest(request);
    var stored = stored(new Key(tenantId, resource), request, origins);
    if (stored == null) {
      stored = stored(new Key(SHARED, resource), request, origins);
    }
    if (stored != null && stored.freshness().satisfies(control, clock.millis())) {
      return new Found.Fresh(stored);
    }
    if (control.has("only-if-cached")) {
      return new Found.OnlyIfCached();
    }
    return stored == null ? NOTHING : new Found.Stale(stored);
  }

  private @Nullable StoredResponse stored(Key key, Headers request, Predicate<String> origins) {
    var variants = entries.getIfPresent(key);
    if (variants == null) {
      return null;
    }
    for (var response : variants.responses()) {
      if (response.varied().equals(varied(variants.vary(), request))) {
        return origins.test(response.origin()) ? response : null;
      }
    }
    return null;
  }

  /** Whether the answer may be kept; decides before its body is read. */
  public boolean storable(int status, Headers request, Headers response) {
    if (CacheControl.of(request).has("no-store")) {
      return false;
    }
    var control = CacheControl.of(response);
    if (control.has("no-store") || control.has("private") || response.first("Set-Cookie") != null) {
      return false;
    }
    for (var vary : response.all("Vary")) {
      if (vary.contains("*")) {
        return false;
      }
    }
    return BY_DEFAULT.contains(status)
        || (status != 206
            && status != 304
            && status >= 200
            && (control.has("public") || control.has("max-age") || control.has("s-maxage")));
  }

  /**
   * Keeps an answer that is {@link #storable}, unless its target was invalidated since it was asked
   * for.
   *
   * @param origin of the answer; see {@link #find}
   * @param defaultFresh freshness in milliseconds, of an answer that states none
   */
  public StoredResponse store(
      String tenantId,
      Resource resource,
      String origin,
      Headers request,
      int status,
      List<Map.Entry<String, String>> headers,
      byte[] body,
      Asked asked,
      long defaultFresh) {
    var control = CacheControl.of(name -> values(headers, name));
    var stored = response(origin, request, status, headers, control, body, asked, defaultFresh);
    var scope = control.has("public") || control.has("s-maxage") ? SHARED : tenantId;
    var _ =
        backends
            .computeIfAbsent(resource.route(), route -> ConcurrentHashMap.newKeySet())
            .add(resource.backends());
    put(new Key(scope, resource), vary(name -> values(headers, name)), stored, asked);
    if (scope.equals(SHARED)) {
      // what the tenant has of its own would be found first, and never be fresh again
      entries.invalidate(new Key(tenantId, resource));
    }
    return stored;
  }

  private StoredResponse response(
      String origin,
      Headers request,
      int status,
      List<Map.Entry<String, String>> headers,
      CacheControl control,
      byte[] body,
      Asked asked,
      long defaultFresh) {
    Headers response = name -> values(headers, name);
    return new StoredResponse(
        origin,
        status,
        List.copyOf(headers),
        body,
        varied(vary(response), request),
        Freshness.of(control, response, asked.millis(), clock.millis(), defaultFresh));
  }

  private void put(Key key, List<String> vary, StoredResponse stored, Asked asked) {
    var _ =
        entries
            .asMap()
            .compute(
                key,
                (k, before) -> {
                  if (invalidations.get(slot(key.resource())) != asked.invalidations()) {
                    return before;
                  }
                  List<StoredResponse> kept = new ArrayList<>();
                  kept.add(stored);
                  if (before != null && before.vary().equals(vary)) {
                    for (var other : before.responses()) {
                      if (kept.size() < MAX_VARIANTS && !other.varied().equals(stored.varied())) {
                        kept.add(other);
                      }
                    }
                  }
                  return new Variants(vary, List.copyOf(kept));
                });
  }

  /**
   * Takes over what a {@code 304} says of a stored answer, which is as good as new then. One that
   * makes it an answer that may not be kept, such as one with a cookie, is for this caller alone.
   */
  public StoredResponse freshen(
      String tenantId,
      Resource resource,
      String origin,
      Headers request,
      StoredResponse stored,
      List<Map.Entry<String, String>> update,
      Asked asked,
      long defaultFresh) {
    List<Map.Entry<String, String>> headers = new ArrayList<>();
    for (var header : stored.headers()) {
      if (values(update, header.getKey()).isEmpty() && !tellsAge(header.getKey())) {
        headers.add(header);
      }
    }
    for (var header : update) {
      if (!header.getKey().equalsIgnoreCase("Content-Length")) {
        headers.add(header);
      } else {
        values(stored.headers(), "Content-Length")
            .forEach(length -> headers.add(Map.entry("Content-Length", length)));
      }
    }
    var status = stored.status();
    var body = stored.body();
    Headers response = name -> values(headers, name);
    return storable(status, request, response)
        ? store(tenantId, resource, origin, request, status, headers, body, asked, defaultFresh)
        : response(
            origin, request, status, headers, CacheControl.of(response), body, asked, defaultFresh);
  }

  /** Whether it says how old an answer was when it came, which a later one does not share. */
  private static boolean tellsAge(String header) {
    return header.equalsIgnoreCase("Age") || header.equalsIgnoreCase("Date");
  }

  /**
   * Forgets a target, because a request that may have changed it went well (RFC 9111, 4.4);
   * whatever backends it went to, for they may share what they serve.
   */
  public void invalidate(String tenantId, Resource resource) {
    // first, so that an answer under way is either seen here or sees this
    var _ = invalidations.incrementAndGet(slot(resource));
    for (var some : backends.getOrDefault(resource.route(), Set.of())) {
      var kept = new Resource(resource.route(), some, resource.target());
      entries.invalidate(new Key(tenantId, kept));
      entries.invalidate(new Key(SHARED, kept));
    }
  }

  private static List<String> vary(Headers response) {
    List<String> names = new ArrayList<>();
    for (var value : response.all("Vary")) {
      for (var name : value.split(",", -1)) {
        var lower = name.strip().toLowerCase(Locale.ROOT);
        if (!lower.isEmpty() && !names.contains(lower)) {
          names.add(lower);
        }
      }
    }
    names.sort(null);
    return names;
  }

  private static Map<String, String> varied(List<String> vary, Headers request) {
    if (vary.isEmpty()) {
      return Map.of();
    }
    Map<String, String> values = new HashMap<>();
    for (var name : vary) {
      values.put(name, String.join(",", request.all(name)));
    }
    return values;
  }

  private static List<String> values(List<Map.Entry<String, String>> headers, String name) {
    List<String> values = new ArrayList<>(1);
    for (var header : headers) {
      if (header.getKey().equalsIgnoreCase(name)) {
        values.add(header.getValue());
      }
    }
    return values;
  }
}
