package dev.tollgate.core.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tollgate.core.problems.Problem;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Knows callers by {@code Authorization: Bearer} (RFC 6750): an API key, or a JSON Web Token. An
 * address that sends many bad credentials is refused before anything is computed for it.
 */
public final class BearerAuthenticator implements Authenticator {

  private static final String SCHEME = "Bearer ";
  private static final int BAD_PER_WINDOW = 100;
  private static final Duration WINDOW = Duration.ofSeconds(5);
  private static final int ADDRESSES = 100_000;

  private final KeyRing keys;
  private final JwtVerifier tokens;
  private final Cache<String, AtomicInteger> bad =
      Caffeine.newBuilder().maximumSize(ADDRESSES).expireAfterWrite(WINDOW).build();

  public BearerAuthenticator(KeyRing keys, JwtVerifier tokens) {
    this.keys = keys;
    this.tokens = tokens;
  }

  @Override
  public CompletionStage<Authentication> authenticate(
      @Nullable String authorization, String address) {
    if (authorization == null) {
      return done(refused("Send an API key or a token: Authorization: Bearer …", false));
    }
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return done(bad(address, "The only scheme is Bearer."));
    }
    var credential = authorization.substring(SCHEME.length()).strip();
    if (credential.startsWith("tg_")) {
      return done(key(credential, address));
    }
    // a key is looked up at almost no cost, and so is a token that was good before: only a new
    // signature is worth refusing, and an address may be a proxy that others are behind, too
    if (!tokens.knows(credential) && flooding(address)) {
      return done(flooded());
    }
    return tokens
        .verify(credential)
        .handle((principal, failure) ->
            failure == null
                ? new Authentication.Granted(principal)
                : unverified(cause(failure), address));
  }

  private Authentication unverified(Throwable cause, String address) {
    return switch (cause) {
      case JwtVerifier.NotServed _ -> notServed();
      case JwtVerifier.NoKeys _ -> issuerUnavailable();
      default -> bad(address, "The token is refused: " + reason(cause) + ".");
    };
  }

  private boolean flooding(String address) {
    var failures = bad.getIfPresent(address);
    return failures != null && failures.get() > BAD_PER_WINDOW;
  }

  private static Throwable cause(Throwable failure) {
    return failure.getCause() == null ? failure : failure.getCause();
  }

  private static String reason(Throwable cause) {
    return cause instanceof JwtVerifier.Invalid
        ? String.valueOf(cause.getMessage())
        : "it could not be verified";
  }

  private Authentication key(String credential, String address) {
    var key = ApiKey.parse(credential).orElse(null);
    if (key == null) {
      return bad(address, "The API key is mistyped or cut off: its checksum does not match.");
    }
    // asked first: what is read meanwhile may hold the key
    var known = keys.isRead();
    var record = keys.find(key.hash());
    if (record == null && !known) {
      return storeUnavailable();
    }
    var tenant = record == null ? null : keys.serving().current().tenants().get(record.tenantId());
    if (record == null || (tenant == null && !keys.isUnserved(record.tenantId()))) {
      return bad(address, "The API key is not known.");
    }
    var state = record.state(keys.clock().instant());
    if (!state.equals("live")) {
      return bad(address, "The API key is " + state + ".");
    }
    if (tenant == null) {
      return notServed();
    }
    return new Authentication.Granted(
        new Principal(tenant, "key:" + record.id(), record.scopes(), record.expires()));
  }

  private Authentication bad(String address, String detail) {
    bad.asMap().computeIfAbsent(address, a -> new AtomicInteger()).incrementAndGet();
    return refused(detail, true);
  }

  private static Authentication refused(String detail, boolean invalid) {
    var challenge = "Bearer realm=\"tollgate\"" + (invalid ? ", error=\"invalid_token\"" : "");
    return new Authentication.Refused(
        new Problem(
            401,
            "unauthenticated",
            "Not authenticated",
            detail,
            Map.of("WWW-Authenticate", challenge),
            Map.of()));
  }

  /** Not 401: clients throw away keys that were answered so, and this one is good. */
  private static Authentication notServed() {
    return later(
        503,
        "tenant-not-usable",
        "Tenant not usable now",
        "The key or token is good, but the configuration of its tenant cannot be used now. Keep"
            + " it, try again later, and tell the operator of this platform.",
        10);
  }

  /** Not 401 either: the key may well be good, and this replica has yet to learn of it. */
  private static Authentication storeUnavailable() {
    return later(
        503,
        "store-unavailable",
        "The store does not answer",
        "The key cannot be looked up just now, because the database does not answer. Keep it,"
            + " and try again shortly.",
        5);
  }

  /** Not 401 either: who has signed in would be signed out while the issuer is away. */
  private static Authentication issuerUnavailable() {
    return later(
        503,
        "issuer-unavailable",
        "The issuer does not answer",
        "The token cannot be verified just now, because the keys of its issuer cannot be"
            + " fetched. Keep it, and try again shortly.",
        30);
  }

  private static Authentication flooded() {
    return later(
        429,
        "too-many-bad-credentials",
        "Too many bad credentials",
        "This address sent too many keys or tokens that are not good; no new token is looked at"
            + " for a few seconds.",
        WINDOW.toSeconds());
  }

  /** What says nothing of the key or token, and may be another thing in so many seconds. */
  private static Authentication later(
      int status, String type, String title, String detail, long seconds) {
    var headers = Map.of("Retry-After", Long.toString(seconds));
    return new Authentication.Refused(new Problem(status, type, title, detail, headers, Map.of()));
  }

  private static CompletionStage<Authentication> done(Authentication outcome) {
    return CompletableFuture.completedFuture(outcome);
  }
}
