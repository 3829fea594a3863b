package dev.tollgate.core.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.tollgate.core.events.PublicAddresses;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tls.SecretTrust;
import dev.tollgate.crd.access.SignatureAlgorithm;
import dev.tollgate.crd.view.TrustView;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.security.PublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Public keys of issuers (RFC 7517), fetched once and kept. An unknown key id fetches again, no
 * more often than the cool-down allows; keys that are known serve at once while others are fetched,
 * and serve on while the issuer is down. A tenant's URL reaches public addresses alone.
 */
public final class IssuerKeys implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);
  private static final int MAX_BYTES = 256 * 1024;
  private static final int MIN_RSA_BITS = 2048;
  private static final long GRACE_MILLIS = 1000;

  /**
   * Times and rules.
   *
   * @param fresh how long keys are used without asking again
   * @param coolDown between two fetches for unknown key ids
   * @param stale how long keys serve when the issuer does not answer
   * @param deadline of a whole fetch, to the last byte
   * @param allowPrivate whether a tenant's issuer may be at an address that is not public; for
   *     development
   */
  public record Rules(
      Duration fresh, Duration coolDown, Duration stale, Duration deadline, boolean allowPrivate) {
    public static final Rules DEFAULT =
        new Rules(
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            Duration.ofDays(1),
            Duration.ofSeconds(8),
            false);
  }

  /** What is known of an issuer: keys by algorithm and key id. */
  private record Known(
      Map<SignatureAlgorithm, Map<String, PublicKey>> keys, Instant fetched, Instant tried) {

    boolean has(PublicKey key) {
      return keys.values().stream().anyMatch(some -> some.containsValue(key));
    }

    /** Whether one of these keys is not among the others. */
    boolean isWithdrawn(Known others) {
      return keys.values().stream()
          .flatMap(some -> some.values().stream())
          .anyMatch(key -> !others.has(key));
    }

    boolean isStale(Rules rules, Instant now) {
      return !fetched.plus(rules.stale()).isAfter(now);
    }
  }

  private final KeyDownload http = new KeyDownload(MAX_BYTES);
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Rules rules;
  private final InstantSource clock;
  private final Secrets secrets;
  private final Map<TrustView, Known> known = new ConcurrentHashMap<>();
  private final Map<TrustView, CompletableFuture<Known>> fetching = new ConcurrentHashMap<>();
  private volatile Consumer<TrustView> onWithdrawal = trust -> {};

  public IssuerKeys(Rules rules, InstantSource clock, Secrets secrets) {
    this.rules = rules;
    this.clock = clock;
    this.secrets = secrets;
  }

  /** Whom to tell, once they are no longer known here, that keys of a trust were withdrawn. */
  void onWithdrawal(Consumer<TrustView> listener) {
    onWithdrawal = listener;
  }

  /** Whether the issuer still had this key when it was asked last. */
  boolean has(TrustView trust, PublicKey key) {
    var have = known.get(trust);
    return have != null && have.has(key);
  }

  /** Forgets the keys of all other trusts. */
  void retain(Set<TrustView> trusts) {
    known.keySet().retainAll(trusts);
  }

  /** The key, at once where it is known; null where the issuer has none of this id. */
  CompletableFuture<@Nullable PublicKey> key(
      TrustView trust, @Nullable String keyId, SignatureAlgorithm algorithm) {
    var now = clock.instant();
    var have = known.get(trust);
    if (have != null) {
      var key = usable(have, keyId, algorithm, now);
      var cooling = have.tried().plus(rules.coolDown()).isAfter(now);
      if (key != null) {
        if (!cooling && !have.fetched().plus(rules.fresh()).isAfter(now)) {
          var _ = refresh(trust);
        }
        return CompletableFuture.completedFuture(key);
      }
      if (cooling) {
        return CompletableFuture.completedFuture(null);
      }
    }
    return refresh(trust).thenApply(fetched -> usable(fetched, keyId, algorithm, clock.instant()));
  }

  /** Whether the keys of an issuer are known, so that one which is not among them is none of it. */
  boolean known(TrustView trust) {
    var have = known.get(trust);
    return have != null && !have.keys().isEmpty() && !have.isStale(rules, clock.instant());
  }

  private @Nullable PublicKey usable(
      Known known, @Nullable String keyId, SignatureAlgorithm algorithm, Instant now) {
    if (known.isStale(rules, now)) {
      return null;
    }
    var keys = known.keys().getOrDefault(algorithm, Map.of());
    if (keyId != null) {
      return keys.get(keyId);
    }
    return keys.size() == 1 ? keys.values().iterator().next() : null;
  }

  /** Fetches the keys, one fetch an issuer; ends by the deadline, never exceptionally. */
  private CompletableFuture<Known> refresh(TrustView trust) {
    var mine = new CompletableFuture<Known>();
    var running = fetching.putIfAbsent(trust, mine);
    if (running != null) {
      return running;
    }
    var work = new CompletableFuture<Map<SignatureAlgorithm, Map<String, PublicKey>>>();
    // names have no deadline of their own
    var _ =
        work.orTimeout(rules.deadline().toMillis() + GRACE_MILLIS, TimeUnit.MILLISECONDS)
            .whenComplete((keys, failure) -> {
              var now = clock.instant();
              var before = known.get(trust);
              var result =
                  failure == null
                      ? new Known(keys, now, now)
                      : before == null
                          ? new Known(Map.of(), now, now)
                          : new Known(before.keys(), before.fetched(), now);
              if (failure != null) {
                LOG.warn(
                    "The keys of issuer {} cannot be fetched: {}",
                    trust.issuer(),
                    failure instanceof TimeoutException
                        ? "no answer in time"
                        : failure.getMessage());
              }
              known.put(trust, result);
              if (before != null && before.isWithdrawn(result)) {
                onWithdrawal.accept(trust);
              }
              fetching.remove(trust, mine);
              mine.complete(result);
            });
    try {
      executor.execute(() -> {
        try {
          work.complete(fetch(trust));
        } catch (Throwable e) {
          work.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException e) {
      work.completeExceptionally(e);
    }
    return mine;
  }

  private Map<SignatureAlgorithm, Map<String, PublicKey>> fetch(TrustView trust)
      throws IOException, InterruptedException, ParseException {
    var deadline = System.nanoTime() + rules.deadline().toNanos();
    var uri = trust.jwksUri();
    return parse(get(uri == null ? discover(trust, deadline) : uri, trust, deadline));
  }

  private URI discover(TrustView trust, long deadline)
      throws IOException, InterruptedException, ParseException {
    var issuer = trust.issuer().replaceAll("/$", "");
    var document =
        JSONObjectUtils.parse(
            get(URI.create(issuer + "/.well-known/openid-configuration"), trust, deadline));
    if (!trust.issuer().equals(document.get("issuer"))) {
      throw new IOException("its discovery document names another issuer");
    }
    if (document.get("jwks_uri") instanceof String uri) {
      return URI.create(uri);
    }
    throw new IOException("its discovery document names no jwks_uri");
  }

  private String get(URI uri, TrustView trust, long deadline)
      throws IOException, InterruptedException {
    if (uri.getHost() == null
        || !("http".equalsIgnoreCase(uri.getScheme())
            || "https".equalsIgnoreCase(uri.getScheme()))) {
      throw new IOException(uri + " is not an http or https URL");
    }
    var addresses = List.of(InetAddress.getAllByName(uri.getHost()));
    for (var address : addresses) {
      if (address.isLinkLocalAddress()
          || (trust.tenant() != null
              && !rules.allowPrivate()
              && !PublicAddresses.isPublic(address))) {
        throw new IOException(uri.getHost() + " is at an address that may not be reached");
      }
    }
    var authorities = trust.authorities();
    return http.get(
        uri,
        addresses,
        authorities == null ? null : new SecretTrust(authorities, SecretUse.JWT, secrets),
        deadline);
  }

  /**
   * Keys for signatures; one that cannot be read or used is left out, and says nothing of others.
   */
  static Map<SignatureAlgorithm, Map<String, PublicKey>> parse(String document)
      throws ParseException, IOException {
    if (!(JSONObjectUtils.parse(document).get("keys") instanceof List<?> list)) {
      throw new IOException("its document has no list of keys");
    }
    Map<String, PublicKey> rsaKeys = new HashMap<>();
    Map<String, PublicKey> ecKeys = new HashMap<>();
    for (var one : list) {
      try {
        if (!(one instanceof Map<?, ?> members)) {
          continue;
        }
        Map<String, Object> named = new HashMap<>();
        members.forEach((name, value) -> named.put(String.valueOf(name), value));
        var key = JWK.parse(named);
        var id = key.getKeyID() == null ? "" : key.getKeyID();
        var operations = key.getKeyOperations();
        if (KeyUse.ENCRYPTION.equals(key.getKeyUse())
            || (operations != null && !operations.contains(KeyOperation.VERIFY))) {
          continue;
        }
        if (key instanceof RSAKey rsa
            && isFor(key, JWSAlgorithm.RS256)
            && rsa.toRSAPublicKey().getModulus().bitLength() >= MIN_RSA_BITS) {
          rsaKeys.put(id, rsa.toRSAPublicKey());
        } else if (key instanceof ECKey ec
            && isFor(key, JWSAlgorithm.ES256)
            && Curve.P_256.equals(ec.getCurve())) {
          ecKeys.put(id, ec.toECPublicKey());
        }
      } catch (ParseException | JOSEException | RuntimeException e) {
        LOG.debug("A key of an issuer cannot be read and is left out", e);
      }
    }
    return Map.of(SignatureAlgorithm.RS256, rsaKeys, SignatureAlgorithm.ES256, ecKeys);
  }

  /** A key that names its algorithm is for no other (RFC 8725, 3.1). */
  private static boolean isFor(JWK key, JWSAlgorithm algorithm) {
    return key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm);
  }

  @Override
  public void close() {
    executor.shutdownNow();
    http.close();
  }
}
