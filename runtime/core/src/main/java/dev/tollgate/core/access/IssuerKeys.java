package dev.tollgate.core.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import dev.tollgate.crd.resolve.TrustView;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Public keys of issuers (RFC 7517), fetched once and kept. An unknown key id fetches again, no
 * more often than the cool-down allows; while the issuer is down the keys that are known serve on.
 * A tenant's URL never reaches a loopback, link-local or private address.
 */
public final class IssuerKeys implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);
  private static final int MAX_BYTES = 256 * 1024;
  private static final int MIN_RSA_BITS = 2048;

  /**
   * Times and rules.
   *
   * @param fresh how long keys are used without asking again
   * @param coolDown between two fetches for unknown key ids
   * @param stale how long keys serve when the issuer does not answer
   * @param allowPrivate whether a tenant's issuer may be at a private address; for development
   */
  public record Rules(Duration fresh, Duration coolDown, Duration stale, boolean allowPrivate) {
    public static final Rules DEFAULT =
        new Rules(Duration.ofMinutes(10), Duration.ofSeconds(30), Duration.ofDays(1), false);
  }

  private record Known(Map<String, PublicKey> keys, Instant fetched, Instant tried) {}

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(3))
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final Executor executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Rules rules;
  private final InstantSource clock;
  private final Map<TrustView, Known> known = new ConcurrentHashMap<>();
  private final Map<TrustView, CompletableFuture<Known>> fetching = new ConcurrentHashMap<>();

  public IssuerKeys(Rules rules, InstantSource clock) {
    this.rules = rules;
    this.clock = clock;
  }

  /** The key, at once where it is known and fresh; null where the issuer has none of this id. */
  CompletableFuture<@Nullable PublicKey> key(TrustView trust, @Nullable String keyId) {
    var now = clock.instant();
    var have = known.get(trust);
    if (have != null) {
      var key = select(have, keyId);
      var fresh = have.fetched().plus(rules.fresh()).isAfter(now);
      var cooling = have.tried().plus(rules.coolDown()).isAfter(now);
      if (key != null && (fresh || cooling)) {
        return CompletableFuture.completedFuture(
            have.fetched().plus(rules.stale()).isAfter(now) ? key : null);
      }
      if (cooling) {
        return CompletableFuture.completedFuture(null);
      }
    }
    return fetching
        .computeIfAbsent(trust, t -> CompletableFuture.supplyAsync(() -> fetch(t), executor))
        .thenApply(fetched -> {
          fetching.remove(trust);
          return fetched.fetched().plus(rules.stale()).isAfter(clock.instant())
              ? select(fetched, keyId)
              : null;
        });
  }

  private static @Nullable PublicKey select(Known known, @Nullable String keyId) {
    if (keyId != null) {
      return known.keys().get(keyId);
    }
    return known.keys().size() == 1 ? known.keys().values().iterator().next() : null;
  }

  private Known fetch(TrustView trust) {
    var now = clock.instant();
    var before = known.get(trust);
    Known result;
    try {
      var uri = trust.jwksUri();
      if (uri == null) {
        uri = discover(trust);
      }
      result = new Known(parse(get(uri, trust)), now, now);
    } catch (IOException | ParseException | JOSEException | IllegalArgumentException e) {
      LOG.warn("The keys of issuer {} cannot be fetched: {}", trust.issuer(), e.getMessage());
      result =
          before == null
              ? new Known(Map.of(), now, now)
              : new Known(before.keys(), before.fetched(), now);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      result = new Known(Map.of(), now, now);
    }
    known.put(trust, result);
    return result;
  }

  private URI discover(TrustView trust) throws IOException, InterruptedException, ParseException {
    var issuer = trust.issuer().replaceAll("/$", "");
    var document =
        com.nimbusds.jose.util.JSONObjectUtils.parse(
            get(URI.create(issuer + "/.well-known/openid-configuration"), trust));
    if (!trust.issuer().equals(document.get("issuer"))) {
      throw new IOException("its discovery document names another issuer");
    }
    if (document.get("jwks_uri") instanceof String uri) {
      return URI.create(uri);
    }
    throw new IOException("its discovery document names no jwks_uri");
  }

  private String get(URI uri, TrustView trust) throws IOException, InterruptedException {
    if (uri.getHost() == null || uri.getScheme() == null || !uri.getScheme().startsWith("http")) {
      throw new IOException(uri + " is not an http or https URL");
    }
    for (var address : InetAddress.getAllByName(uri.getHost())) {
      var inside =
          address.isLoopbackAddress()
              || address.isSiteLocalAddress()
              || address.isAnyLocalAddress()
              || (address.getAddress().length == 16 && (address.getAddress()[0] & 0xfe) == 0xfc);
      if (address.isLinkLocalAddress()
          || (inside && trust.tenant() != null && !rules.allowPrivate())) {
        throw new IOException(uri.getHost() + " is at an address that may not be reached");
      }
    }
    var answer =
        http.send(
            HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(5))
                .header("Accept", "application/json")
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (var body = answer.body()) {
      if (answer.statusCode() != 200) {
        throw new IOException(uri + " answered " + answer.statusCode());
      }
      var bytes = body.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException(uri + " answered more than " + MAX_BYTES + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static Map<String, PublicKey> parse(String document)
      throws ParseException, JOSEException {
    Map<String, PublicKey> keys = new HashMap<>();
    for (var key : JWKSet.parse(document).getKeys()) {
      var id = key.getKeyID() == null ? "" : key.getKeyID();
      if (key instanceof RSAKey rsa
          && rsa.toRSAPublicKey().getModulus().bitLength() >= MIN_RSA_BITS) {
        keys.put(id, rsa.toRSAPublicKey());
      } else if (key instanceof ECKey ec && Curve.P_256.equals(ec.getCurve())) {
        keys.put(id, ec.toECPublicKey());
      }
    }
    return Map.copyOf(keys);
  }

  @Override
  public void close() {
    http.close();
  }
}
