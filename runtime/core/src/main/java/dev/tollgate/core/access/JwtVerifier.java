package dev.tollgate.core.access;

import com.fasterxml.jackson.core.JsonToken;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.SignedJWT;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.access.SignatureAlgorithm;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.crd.view.TrustView;
import io.micronaut.security.token.jwt.signature.SignatureConfiguration;
import io.micronaut.security.token.jwt.signature.ec.ECSignature;
import io.micronaut.security.token.jwt.signature.ec.ECSignatureConfiguration;
import io.micronaut.security.token.jwt.signature.rsa.RSASignature;
import io.micronaut.security.token.jwt.signature.secret.SecretSignature;
import io.micronaut.security.token.jwt.signature.secret.SecretSignatureConfiguration;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JSON Web Tokens (RFC 7519, with the precautions of RFC 8725). The issuer and audience
 * choose exactly one trust; the algorithm and the key come from that trust alone, so {@code none},
 * {@code jku}, {@code jwk} and a public key used as a secret get nowhere.
 */
public final class JwtVerifier {

  private static final int MAX_LENGTH = 8192;
  private static final long SKEW_SECONDS = 60;

  /** As RFC 7519's relatives have it: OpenID Connect allows no longer one. */
  private static final int MAX_SUBJECT = 255;

  /** Less than what the ledger keeps of a principal. */
  private static final int MAX_CALLER = 500;

  /** Longer tokens are verified on every use: few would fill the memory for verified ones. */
  private static final int MAX_REMEMBERED = 2048;

  /** Bytes that verified tokens take at most; a tenant's own issuer can make any number. */
  private static final long REMEMBERED_BYTES =
      Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16);

  /** How long a Secret that was replaced is believed at most, by tokens that are remembered. */
  private static final long SECRET_MILLIS = 1000;

  /** What an entry takes without its texts: the cache's node, records and string headers. */
  private static final int ENTRY_BYTES = 512;

  /** What a scope takes without its text. */
  private static final int SCOPE_BYTES = 72;

  private final Serving serving;
  private final Secrets secrets;
  private final IssuerKeys issuerKeys;
  private final InstantSource clock;
  private final Cache<String, Verified> verified =
      Caffeine.newBuilder()
          .maximumWeight(REMEMBERED_BYTES)
          .weigher(JwtVerifier::weight)
          .expireAfterWrite(Duration.ofMinutes(5))
          .build();
  private volatile Map<String, List<TrustView>> trusts = Map.of();
  private final Map<SecretRef, Shared> inUse = new ConcurrentHashMap<>();

  /**
   * A token whose signature was found good.
   *
   * @param tenant that the trust or the claim names
   * @param caller the id of the principal that it speaks for
   * @param secret that it was signed with, null where it was a private key
   * @param among the trusts that its trust was chosen from
   */
  private record Verified(
      TrustView trust,
      @Nullable String tenant,
      String caller,
      Scopes scopes,
      long expires,
      long notBefore,
      @Nullable Shared secret,
      Map<String, List<TrustView>> among) {}

  /** The value of a Secret, as it was when tokens were found good with it. */
  private final class Shared {
    private final SecretRef ref;
    private final byte[] value;
    private volatile long readMillis;

    Shared(SecretRef ref, byte[] value, long now) {
      this.ref = ref;
      this.value = value;
      this.readMillis = now;
    }

    /** Whether the Secret still has this value; it is looked at about once a second. */
    boolean holds(long now) {
      var since = now - readMillis;
      if (since >= 0 && since < SECRET_MILLIS) {
        return true;
      }
      if (!MessageDigest.isEqual(secrets.read(ref, SecretUse.JWT).orElse(null), value)) {
        return false;
      }
      readMillis = now;
      return true;
    }
  }

  /** One value for all tokens of a Secret, so that one look at it is enough for them all. */
  private Shared shared(SecretRef ref, byte[] value) {
    var now = clock.millis();
    return Objects.requireNonNull(
        inUse.compute(
            ref,
            (r, before) ->
                before != null && MessageDigest.isEqual(before.value, value)
                    ? before
                    : new Shared(r, value, now)));
  }

  /** About how many bytes an entry takes. */
  private static int weight(String token, Verified good) {
    var weight = ENTRY_BYTES + token.length() + 2 * good.caller().length();
    if (good.tenant() != null && good.trust().tenant() == null) {
      weight += 2 * good.tenant().length();
    }
    for (var scope : good.scopes().names()) {
      weight += SCOPE_BYTES + 2 * scope.length();
    }
    return weight;
  }

  private record Header(@Nullable String algorithm, @Nullable String keyId, boolean critical) {}

  public JwtVerifier(Serving serving, Secrets secrets, IssuerKeys issuerKeys, InstantSource clock) {
    this.serving = serving;
    this.secrets = secrets;
    this.issuerKeys = issuerKeys;
    this.clock = clock;
    issuerKeys.onWithdrawal(this::forget);
    serving.onChange(this::index);
  }

  private void index(ServingState state) {
    Map<String, List<TrustView>> byIssuer = new HashMap<>();
    for (var pool : state.shared().gatewayPools().values()) {
      pool.trusts()
          .forEach(t -> byIssuer.computeIfAbsent(t.issuer(), i -> new ArrayList<>()).add(t));
    }
    for (var tenant : state.tenants().values()) {
      tenant
          .trusts()
          .forEach(t -> byIssuer.computeIfAbsent(t.issuer(), i -> new ArrayList<>()).add(t));
    }
    for (var tenant : state.unserved().values()) {
      tenant
          .trusts()
          .forEach(t -> byIssuer.computeIfAbsent(t.issuer(), i -> new ArrayList<>()).add(t));
    }
    if (!byIssuer.equals(trusts)) {
      trusts = byIssuer;
      verified.invalidateAll();
      inUse.clear();
      issuerKeys.retain(
          byIssuer.values().stream().flatMap(List::stream).collect(Collectors.toSet()));
    }
  }

  /** Tokens of an issuer that has withdrawn a key are verified anew. */
  private void forget(TrustView trust) {
    verified.asMap().values().removeIf(good -> good.trust().equals(trust));
  }

  /** A token is not good; the message says why and holds nothing of the token. */
  public static sealed class Invalid extends Exception permits NotServed, NoKeys {
    private static final long serialVersionUID = 1;

    Invalid(String why) {
      super(why, null, false, false);
    }
  }

  /** A token is good, and its tenant is there but cannot be served. */
  static final class NotServed extends Invalid {
    private static final long serialVersionUID = 1;

    NotServed() {
      super("the token's tenant cannot be served now");
    }
  }

  /** Whether a token is good cannot be told, because the keys of its issuer cannot be had. */
  static final class NoKeys extends Invalid {
    private static final long serialVersionUID = 1;

    NoKeys() {
      super("the keys of the token's issuer cannot be fetched now");
    }
  }

  /** Whether its signature was found good before, so that verifying it costs nothing. */
  boolean knows(String token) {
    return verified.getIfPresent(token) != null;
  }

  /** Tokens that are remembered now, and about how many bytes they take. */
  Remembered remembered() {
    verified.cleanUp();
    var bytes = verified.policy().eviction().orElseThrow().weightedSize().orElse(0);
    return new Remembered(verified.estimatedSize(), bytes);
  }

  /** How much is remembered. */
  record Remembered(long tokens, long bytes) {}

  /** The caller; completes exceptionally with {@link Invalid}. */
  CompletableFuture<Principal> verify(String token) {
    try {
      var known = verified.getIfPresent(token);
      if (known != null
          && known.among().equals(trusts)
          && (known.secret() == null || known.secret().holds(clock.millis()))) {
        return CompletableFuture.completedFuture(principal(known));
      }
      if (token.length() > MAX_LENGTH) {
        throw new Invalid("the token is longer than " + MAX_LENGTH + " bytes");
      }
      var first = token.indexOf('.');
      var second = token.indexOf('.', first + 1);
      if (first < 1 || second < 0 || token.indexOf('.', second + 1) >= 0) {
        throw new Invalid(
            "it has not the three parts of one, and does not begin with tg_live_ as API keys do");
      }
      var header = header(decode(token.substring(0, first)));
      var claims = claims(decode(token.substring(first + 1, second)));
      var caller = caller(claims);
      decode(token.substring(second + 1)); // the library would pass over what is not base64url
      var among = trusts;
      var trust = choose(among, claims);
      var algorithm = algorithm(header, trust);
      var signed = signed(token);
      if (algorithm == SignatureAlgorithm.HS256) {
        var secret = hmac(trust, signed);
        return CompletableFuture.completedFuture(
            remember(token, trust, claims, caller, secret, among));
      }
      return issuerKeys
          .key(trust, header.keyId(), algorithm)
          .thenCompose(key -> {
            try {
              if (key == null) {
                throw issuerKeys.known(trust)
                    ? new Invalid("the issuer has no key with the token's key id")
                    : new NoKeys();
              }
              check(signed, signature(algorithm, key));
              var principal = remember(token, trust, claims, caller, null, among);
              if (!issuerKeys.has(trust, key)) { // withdrawn meanwhile, and forgotten before
                verified.invalidate(token);
              }
              return CompletableFuture.completedFuture(principal);
            } catch (Invalid e) {
              return CompletableFuture.failedFuture(e);
            }
          });
    } catch (Invalid e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The id of the principal that a token speaks for; it goes into the ledger. */
  private static String caller(Claims claims) throws Invalid {
    var subject = claims.subject();
    if (subject != null && subject.length() > MAX_SUBJECT) {
      throw new Invalid("the token's sub claim is longer than " + MAX_SUBJECT + " characters");
    }
    var caller = "jwt:" + claims.issuer() + "#" + subject;
    if (caller.length() > MAX_CALLER) {
      throw new Invalid(
          "the token's iss and sub claims are together longer than "
              + (MAX_CALLER - "jwt:#".length())
              + " characters");
    }
    return caller;
  }

  private Principal remember(
      String token,
      TrustView trust,
      Claims claims,
      String caller,
      @Nullable Shared secret,
      Map<String, List<TrustView>> among)
      throws Invalid {
    var tenant = trust.tenant() == null ? claims.strings().get(claim(trust)) : trust.tenant();
    var good =
        new Verified(
            trust,
            tenant,
            caller,
            claims.scopes(),
            claims.expires(),
            claims.notBefore(),
            secret,
            among);
    var principal = principal(good);
    if (token.length() <= MAX_REMEMBERED) {
      verified.put(token, good);
    }
    return principal;
  }

  /** Who a good token speaks for, now: its times are looked at on every use. */
  private Principal principal(Verified good) throws Invalid {
    var now = clock.millis() / 1000;
    if (good.expires() < 0) {
      throw new Invalid("the token has no exp claim");
    }
    if (now - SKEW_SECONDS > good.expires()) {
      throw new Invalid("the token has expired");
    }
    if (good.notBefore() >= 0 && now + SKEW_SECONDS < good.notBefore()) {
      throw new Invalid("the token is not valid yet");
    }
    var state = serving.current();
    var name = good.tenant();
    if (name == null) {
      throw new Invalid("the token has no " + claim(good.trust()) + " claim that names a tenant");
    }
    var id = state.tenantIds().get(name);
    TenantView tenant = id == null ? null : state.tenants().get(id);
    if (tenant == null && state.unserved().containsKey(name)) {
      throw new NotServed();
    }
    if (tenant == null) {
      throw new Invalid("the token names a tenant that is not served here");
    }
    return new Principal(tenant, good.caller(), good.scopes(), null);
  }

  /** The claim that names the tenant, of a pool's trust. */
  private static String claim(TrustView trust) {
    return Objects.requireNonNullElse(trust.tenantClaim(), "tenant");
  }

  private static TrustView choose(Map<String, List<TrustView>> among, Claims claims)
      throws Invalid {
    if (claims.issuer() == null) {
      throw new Invalid("the token has no iss claim");
    }
    TrustView chosen = null;
    for (var trust : among.getOrDefault(claims.issuer(), List.of())) {
      for (var audience : claims.audiences()) {
        if (trust.audiences().contains(audience)) {
          if (chosen != null && !chosen.equals(trust)) {
            throw new Invalid("the token's audiences belong to more than one trust");
          }
          chosen = trust;
        }
      }
    }
    if (chosen == null) {
      throw new Invalid("no trust is configured for the token's issuer and audience");
    }
    return chosen;
  }

  private static SignatureAlgorithm algorithm(Header header, TrustView trust) throws Invalid {
    if (header.critical()) {
      throw new Invalid("the token has a crit header, which is not supported");
    }
    for (var algorithm : trust.algorithms()) {
      if (algorithm.name().equals(header.algorithm())) {
        return algorithm;
      }
    }
    throw new Invalid("the token's algorithm is not among those of its issuer");
  }

  private static SignedJWT signed(String token) throws Invalid {
    try {
      return SignedJWT.parse(token);
    } catch (ParseException e) {
      throw new Invalid("the token is not a signed one");
    }
  }

  /** The secret that the signature was made with. */
  private Shared hmac(TrustView trust, SignedJWT signed) throws Invalid {
    var ref = trust.hmacSecretRef();
    var secret = ref == null ? null : secrets.read(ref, SecretUse.JWT).orElse(null);
    if (ref == null || secret == null || secret.length < 32) {
      throw new Invalid("the issuer's secret is not there, or shorter than 32 bytes");
    }
    var configuration = new SecretSignatureConfiguration(trust.issuer());
    configuration.setBase64(true);
    configuration.setSecret(Base64.getEncoder().encodeToString(secret));
    check(signed, new SecretSignature(configuration));
    return shared(ref, secret);
  }

  private static SignatureConfiguration signature(SignatureAlgorithm algorithm, PublicKey key)
      throws Invalid {
    if (algorithm == SignatureAlgorithm.RS256 && key instanceof RSAPublicKey rsa) {
      return new RSASignature(() -> rsa);
    }
    if (algorithm == SignatureAlgorithm.ES256 && key instanceof ECPublicKey ec) {
      return new ECSignature(new EcKey(ec));
    }
    throw new Invalid("the token's algorithm does not fit the issuer's key");
  }

  private record EcKey(ECPublicKey getPublicKey) implements ECSignatureConfiguration {

    @Override
    public JWSAlgorithm getJwsAlgorithm() {
      return JWSAlgorithm.ES256;
    }
  }

  private static void check(SignedJWT signed, SignatureConfiguration signature) throws Invalid {
    boolean good;
    try {
      good = signature.verify(signed);
    } catch (JOSEException e) {
      good = false;
    }
    if (!good) {
      throw new Invalid("the signature does not match");
    }
  }

  private static byte[] decode(String part) throws Invalid {
    try {
      return Base64.getUrlDecoder().decode(part);
    } catch (IllegalArgumentException e) {
      throw new Invalid("a part of the token is not base64url");
    }
  }

  private static Header header(byte[] bytes) throws Invalid {
    String algorithm = null;
    String keyId = null;
    var critical = false;
    try (var in = Claims.JSON.createParser(bytes)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new Invalid("the token's header is not a JSON object");
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        var name = in.currentName();
        var value = in.nextToken();
        if (name.equals("alg") && value == JsonToken.VALUE_STRING) {
          algorithm = in.getText();
        } else if (name.equals("kid") && value == JsonToken.VALUE_STRING) {
          keyId = in.getText();
        } else if (name.equals("crit")) {
          critical = true;
          in.skipChildren();
        } else {
          in.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new Invalid("the token's header is not JSON, or has a member twice");
    }
    return new Header(algorithm, keyId, critical);
  }

  private static Claims claims(byte[] bytes) throws Invalid {
    try {
      return Claims.read(bytes);
    } catch (IOException e) {
      throw new Invalid(
          "the token's payload is not a JSON object of claims, each there once and of its type");
    }
  }
}
