package dev.tollgate.core.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.core.tenancy.Placing;
import dev.tollgate.crd.resolve.ManifestReader;
import dev.tollgate.crd.resolve.Manifests;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantStatus;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullUnmarked
class AccessTest {

  private static final byte[] SECRET =
      "a shared secret of more than 32 bytes".getBytes(StandardCharsets.UTF_8);

  private final AtomicInteger fetches = new AtomicInteger();
  private final AtomicReference<String> jwks = new AtomicReference<>("");
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private HttpServer issuer;
  private RSAKey key;
  private LiveServing serving;
  private Manifests manifests;
  private BearerAuthenticator authenticator;
  private KeyRing ring;
  private JwtVerifier verifier;
  private final AtomicReference<byte[]> secret = new AtomicReference<>(SECRET);

  @BeforeEach
  void start() throws Exception {
    issuer = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    issuer.createContext(
        "/keys",
        exchange -> {
          try (exchange) {
            fetches.incrementAndGet();
            var body = jwks.get().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(
                body.length == 0 ? 500 : 200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
          }
        });
    issuer.start();
    key = new RSAKeyGenerator(2048).keyID("one").generate();
    jwks.set(new JWKSet(key.toPublicJWK()).toString());
    var yaml =
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ShardPool
        metadata: {name: default}
        spec: {engine: Embedded}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: GatewayPool
        metadata: {name: default}
        spec: {}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Plan
        metadata: {name: basic}
        spec: {meters: [{name: requests, included: 10}]}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: acme}
        spec:
          plan: basic
          trusts:
          - {issuer: "https://acme.example", audiences: [api], jwksUri: "http://127.0.0.1:%d/keys"}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: globex}
        spec:
          plan: basic
          trusts:
          - {issuer: "https://globex.example", audiences: [api], hmacSecretRef: {name: s, key: k}}
        ---
        apiVersion: tollgate.dev/v1alpha1
        kind: Tenant
        metadata: {name: initech}
        spec:
          plan: nowhere
          trusts:
          - {issuer: "https://initech.example", audiences: [api], hmacSecretRef: {name: s, key: k}}
        """
            .formatted(issuer.getAddress().getPort());
    serving =
        new LiveServing((shared, tenants) -> {
          Map<String, Placement> placed = new HashMap<>();
          tenants.forEach(t -> {
            var name = t.getMetadata().getName();
            placed.put(name, new Placement("t" + name, "", name, "", "default", "default-0"));
          });
          return new Placing.Result(placed, Map.of());
        });
    var read = ManifestReader.read(Map.of("all.yaml", yaml));
    assertThat(read.errors()).isEmpty();
    manifests = read.manifests();
    serving.accept(manifests);
    InstantSource clock = now::get;
    ring = new KeyRing(new MapKeyStore(), serving, clock);
    verifier =
        new JwtVerifier(
            serving,
            (ref, use) -> use.equals("jwt") ? Optional.of(secret.get()) : Optional.empty(),
            new IssuerKeys(
                new IssuerKeys.Rules(
                    Duration.ofMinutes(10),
                    Duration.ofSeconds(30),
                    Duration.ofDays(1),
                    Duration.ofSeconds(8),
                    true),
                clock,
                (ref, use) -> Optional.empty()),
            clock);
    authenticator = new BearerAuthenticator(ring, verifier);
  }

  @AfterEach
  void stop() {
    ring.close();
    issuer.stop(0);
  }

  @Test
  void aTokenOfATenantsIssuerMeansThatTenantWhateverItClaims() throws Exception {
    var token = rsa(claims("https://acme.example").claim("tenant", "globex").build(), "one");
    assertThat(tenant(token)).isEqualTo("acme");
    assertThat(tenant(token)).isEqualTo("acme");
    assertThat(fetches).hasValue(1);
  }

  @Test
  void aSharedSecretWorksToo() throws Exception {
    assertThat(tenant(hmac(claims("https://globex.example").build(), SECRET))).isEqualTo("globex");
  }

  @Test
  void aSignatureWithLettersThatAreNotItsOwnIsRefused() throws Exception {
    var token = hmac(claims("https://globex.example").build(), SECRET);
    assertThat(refusal(token + "!")).contains("a part of the token is not base64url");
  }

  @Test
  void aTokenOfACallerTooLongForTheLedgerIsRefused() throws Exception {
    var most = claims("https://globex.example").subject("s".repeat(255)).build();
    assertThat(tenant(hmac(most, SECRET))).isEqualTo("globex");
    var longer = claims("https://globex.example").subject("s".repeat(256)).build();
    assertThat(refusal(hmac(longer, SECRET))).contains("sub claim is longer than 255");
  }

  @Test
  void whatIsRememberedOfTokensIsBoundByItsBytes() throws Exception {
    var small = hmac(claims("https://globex.example").build(), SECRET);
    var large = claims("https://globex.example").claim("more", "m".repeat(4000)).build();
    assertThat(tenant(small)).isEqualTo("globex");
    var one = verifier.remembered();
    assertThat(one.tokens()).isEqualTo(1);
    assertThat(one.bytes()).isBetween(small.length() + 500L, small.length() + 1000L);
    assertThat(tenant(hmac(large, SECRET))).as("good, and not kept").isEqualTo("globex");
    assertThat(verifier.remembered()).isEqualTo(one);
    var scopes = "a b c d e f g h i j k l m n o p q r s t u v w x y z";
    var wide = claims("https://globex.example").claim("scope", scopes).build();
    assertThat(tenant(hmac(wide, SECRET))).isEqualTo("globex");
    assertThat(verifier.remembered().bytes() - one.bytes()).isGreaterThan(26 * 72 + 500);
  }

  @Test
  void aSecretThatWasReplacedIsBelievedNoLongerByTokensThatWereGood() throws Exception {
    var token = hmac(claims("https://globex.example").build(), SECRET);
    assertThat(tenant(token)).isEqualTo("globex");
    secret.set("another secret of more than 32 bytes".getBytes(StandardCharsets.UTF_8));
    now.set(now.get().plusSeconds(1));
    assertThat(refusal(token)).contains("signature");
    var next = hmac(claims("https://globex.example").build(), secret.get());
    assertThat(tenant(next)).isEqualTo("globex");
    now.set(now.get().plusSeconds(1));
    assertThat(tenant(next)).isEqualTo("globex");
    assertThat(refusal(token)).contains("signature");
  }

  @Test
  void anExpiredTokenIsRefusedAlsoOnceItIsKnown() throws Exception {
    var token = rsa(claims("https://acme.example").build(), "one");
    assertThat(tenant(token)).isEqualTo("acme");
    now.set(now.get().plusSeconds(3700));
    assertThat(refusal(token)).contains("expired");
  }

  @Test
  void aPublicKeyUsedAsASecretGetsNowhere() throws Exception {
    var token = hmac(claims("https://acme.example").build(), key.toRSAPublicKey().getEncoded());
    assertThat(refusal(token)).contains("algorithm");
  }

  @Test
  void noneWrongAudienceAndForeignIssuersAreRefused() throws Exception {
    assertThat(
            refusal(
                "eyJhbGciOiJub25lIn0."
                    + part("{\"iss\":\"https://acme.example\",\"aud\":\"api\",\"exp\":9999999999}")
                    + "."))
        .contains("algorithm");
    assertThat(refusal(rsa(claims("https://acme.example").audience("other").build(), "one")))
        .contains("no trust");
    assertThat(refusal(rsa(claims("https://evil.example").build(), "one"))).contains("no trust");
  }

  @Test
  void aClaimThatIsThereTwiceOrOfAnotherTypeIsRefused() throws Exception {
    var good = "{\"iss\":\"https://globex.example\",\"aud\":\"api\",\"exp\":9999999999}";
    assertThat(tenant(hmac("{\"alg\":\"HS256\"}", good))).isEqualTo("globex");
    for (var more :
        List.of(
            "\"iss\":\"https://acme.example\",",
            "\"\\u0065xp\":1,",
            "\"aud\":[\"other\"],",
            "\"scope\":\"*\",\"scope\":\"apis:use\",",
            "\"sub\":17,",
            "\"sub\":[\"a\"],")) {
      assertThat(refusal(hmac("{\"alg\":\"HS256\"}", "{" + more + good.substring(1))))
          .as(more)
          .contains("each there once");
    }
    assertThat(refusal(hmac("{\"alg\":\"HS256\"}", good + "{}"))).contains("JSON object");
    assertThat(refusal(hmac("{\"alg\":\"HS256\",\"alg\":\"HS256\"}", good))).contains("twice");
  }

  @Test
  void timesAtTheEndsOfWhatANumberMayBeAreTakenAsTheyAre() throws Exception {
    for (var good : List.of("9223372036854775807", "1e18", "9999999999.5")) {
      assertThat(tenant(hmac("{\"alg\":\"HS256\"}", times(good, "-5")))).isEqualTo("globex");
    }
    assertThat(refusal(hmac("{\"alg\":\"HS256\"}", times("-5", "0")))).contains("has expired");
    assertThat(refusal(hmac("{\"alg\":\"HS256\"}", times("1e18", "9223372036854775807"))))
        .contains("not valid yet");
    for (var none : List.of("1e400", "\"9999999999\"", "9".repeat(40), "null", "true")) {
      assertThat(refusal(hmac("{\"alg\":\"HS256\"}", times(none, "0")))).contains("of its type");
    }
  }

  private static String times(String expires, String notBefore) {
    return "{\"iss\":\"https://globex.example\",\"aud\":\"api\",\"exp\":%s,\"nbf\":%s}"
        .formatted(expires, notBefore);
  }

  private static String hmac(String header, String claims) throws Exception {
    var input = part(header) + "." + part(claims);
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
    return input
        + "."
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void aTokenThatWasChangedIsRefused() throws Exception {
    var token = rsa(claims("https://acme.example").build(), "one").split("\\.", -1);
    var other = part("{\"iss\":\"https://acme.example\",\"aud\":\"api\",\"exp\":9999999999}");
    assertThat(refusal(token[0] + "." + other + "." + token[2])).contains("signature");
  }

  @Test
  void anUnknownKeyIdFetchesOnceWithinTheCoolDown() throws Exception {
    assertThat(tenant(rsa(claims("https://acme.example").build(), "one"))).isEqualTo("acme");
    var next = new RSAKeyGenerator(2048).keyID("two").generate();
    now.set(now.get().plusSeconds(31));
    jwks.set(new JWKSet(List.of(key.toPublicJWK(), next.toPublicJWK())).toString());
    key = next;
    assertThat(tenant(rsa(claims("https://acme.example").build(), "two"))).isEqualTo("acme");
    assertThat(fetches).hasValue(2);
    for (int i = 0; i < 5; i++) {
      assertThat(refusal(rsa(claims("https://acme.example").build(), "three"))).contains("key id");
    }
    assertThat(fetches).hasValue(2);
  }

  @Test
  void aKeyThatTheIssuerHasWithdrawnIsBelievedNoLongerByTokensThatWereGood() throws Exception {
    var token = rsa(claims("https://acme.example").build(), "one");
    assertThat(tenant(token)).isEqualTo("acme");
    key = new RSAKeyGenerator(2048).keyID("two").generate();
    jwks.set(new JWKSet(key.toPublicJWK()).toString());
    now.set(now.get().plusSeconds(31));
    assertThat(tenant(token)).as("nobody asked the issuer again").isEqualTo("acme");
    assertThat(tenant(rsa(claims("https://acme.example").build(), "two"))).isEqualTo("acme");
    assertThat(refusal(token)).contains("key id");
    assertThat(fetches).hasValue(2);
  }

  @Test
  void knownKeysServeWhileTheIssuerIsDown() throws Exception {
    assertThat(tenant(rsa(claims("https://acme.example").build(), "one"))).isEqualTo("acme");
    jwks.set("");
    now.set(now.get().plus(Duration.ofHours(2)));
    assertThat(tenant(rsa(claims("https://acme.example").build(), "one"))).isEqualTo("acme");
    for (int i = 0; i < 1000 && fetches.get() < 2; i++) {
      Thread.sleep(10);
    }
    assertThat(fetches.get()).as("asked again, and not waited for").isGreaterThan(1);
    assertThat(tenant(rsa(claims("https://acme.example").subject("bob").build(), "one")))
        .isEqualTo("acme");
  }

  @Test
  void noTokenIsRefusedWhileTheKeysOfItsIssuerCannotBeFetched() throws Exception {
    var keys = jwks.get();
    jwks.set("");
    var token = rsa(claims("https://acme.example").build(), "one");
    assertThat(problem(token))
        .extracting(Problem::status, Problem::type)
        .containsExactly(503, "issuer-unavailable");
    now.set(now.get().plusSeconds(31));
    jwks.set(keys);
    assertThat(tenant(token)).isEqualTo("acme");
    jwks.set("");
    now.set(now.get().plus(Duration.ofHours(25)));
    assertThat(problem(rsa(claims("https://acme.example").subject("b").build(), "one")).status())
        .isEqualTo(503);
  }

  @Test
  void whatIsNeitherAKeyNorATokenIsToldHowBothLook() throws Exception {
    assertThat(refusal("sk-proj-1234")).contains("three parts", "tg_live_");
  }

  @Test
  void theKeysOfATrustThatIsGoneAreForgotten() throws Exception {
    assertThat(tenant(rsa(claims("https://acme.example").build(), "one"))).isEqualTo("acme");
    serving.accept(Manifests.EMPTY);
    serving.accept(manifests);
    assertThat(tenant(rsa(claims("https://acme.example").build(), "one"))).isEqualTo("acme");
    assertThat(fetches).hasValue(2);
  }

  @Test
  void keysRotateExpireAndAreRevoked() {
    var made = ring.create("tacme", "a", java.util.Set.of("*"), null);
    assertThat(tenant(made.secret())).isEqualTo("acme");
    var successor = ring.rotate("tacme", made.key().id(), null);
    assertThat(tenant(made.secret())).isEqualTo("acme");
    assertThat(tenant(successor.secret())).isEqualTo("acme");
    now.set(now.get().plus(KeyRing.GRACE).plusSeconds(1));
    assertThat(refusal(made.secret())).contains("expired");
    ring.revoke("tacme", successor.key().id());
    assertThat(refusal(successor.secret())).contains("revoked");
  }

  @Test
  void onlyALiveKeyHasASuccessor() {
    var revoked = ring.create("tacme", "a", java.util.Set.of("*"), null);
    ring.revoke("tacme", revoked.key().id());
    var expired = ring.create("tacme", "b", java.util.Set.of("*"), now.get().plusSeconds(60));
    now.set(now.get().plusSeconds(61));
    for (var made : List.of(revoked, expired)) {
      assertThatThrownBy(() -> ring.rotate("tacme", made.key().id(), null))
          .isInstanceOfSatisfying(
              KeyRing.Refused.class,
              refused -> assertThat(refused.problem().type()).isEqualTo("key-not-live"));
    }
    assertThat(refusal(revoked.secret())).contains("revoked");
    assertThat(refusal(expired.secret())).contains("expired");
    assertThat(ring.list("tacme")).hasSize(2);
  }

  @Test
  void rotatingDoesNotLengthenTheOldKeyAndTheSuccessorLivesAsLong() {
    var start = now.get();
    var hour = ring.create("tacme", "a", java.util.Set.of("*"), start.plusSeconds(3600));
    var week = ring.create("tacme", "b", java.util.Set.of("*"), start.plus(Duration.ofDays(7)));
    now.set(start.plusSeconds(3000));
    assertThat(ring.rotate("tacme", hour.key().id(), null).key().expires())
        .isEqualTo(now.get().plusSeconds(3600));
    assertThat(ring.rotate("tacme", week.key().id(), null).key().expires())
        .isEqualTo(now.get().plus(Duration.ofDays(7)));
    assertThat(ring.one("tacme", hour.key().id()).expires()).isEqualTo(start.plusSeconds(3600));
    assertThat(ring.one("tacme", week.key().id()).expires())
        .isEqualTo(now.get().plus(KeyRing.GRACE));
  }

  @Test
  void whoLostTheAnswerGetsAnotherSuccessorThatLivesAsLong() {
    var start = now.get();
    var week = ring.create("tacme", "a", java.util.Set.of("*"), start.plus(Duration.ofDays(7)));
    var ever = ring.create("tacme", "b", java.util.Set.of("*"), null);
    for (var made : List.of(week, ever)) {
      ring.rotate("tacme", made.key().id(), null);
    }
    now.set(start.plusSeconds(3600));
    assertThat(ring.rotate("tacme", week.key().id(), null).key().expires())
        .isEqualTo(now.get().plus(Duration.ofDays(7)));
    assertThat(ring.rotate("tacme", ever.key().id(), null).key().expires()).isNull();
    for (var made : List.of(week, ever)) {
      assertThat(ring.one("tacme", made.key().id()).expires()).isEqualTo(start.plus(KeyRing.GRACE));
    }
  }

  @Test
  void aSuccessorEndsNoLaterThanItMay() {
    var start = now.get();
    var latest = start.plusSeconds(7200);
    var hour = ring.create("tacme", "a", java.util.Set.of("*"), start.plusSeconds(3600));
    var week = ring.create("tacme", "b", java.util.Set.of("*"), start.plus(Duration.ofDays(7)));
    var ever = ring.create("tacme", "c", java.util.Set.of("*"), null);
    assertThat(ring.rotate("tacme", hour.key().id(), latest).key().expires())
        .isEqualTo(start.plusSeconds(3600));
    for (var longer : List.of(week, ever)) {
      assertThat(ring.rotate("tacme", longer.key().id(), latest).key().expires()).isEqualTo(latest);
    }
  }

  @Test
  void aTokenThatSaysNothingOfScopesMayUseWhatIsSoldAndOneThatDoesMayDoWhatItSays()
      throws Exception {
    var unsaid = scopes(claims("https://globex.example"));
    assertThat(unsaid.apis() && unsaid.models() && unsaid.prompts()).isTrue();
    assertThat(unsaid.has("usage:read") || unsaid.has("prompts:use")).isFalse();
    var words = scopes(claims("https://globex.example").claim("scope", "openid apis:use"));
    assertThat(words.apis() && !words.models() && words.has("openid")).isTrue();
    var foreign = scopes(claims("https://globex.example").claim("scope", "openid orders:read"));
    assertThat(foreign.apis() && foreign.models() && foreign.has("orders:read")).isTrue();
    assertThat(foreign.has("usage:read")).isFalse();
    var list = scopes(claims("https://globex.example").claim("scp", List.of("models:use")));
    assertThat(list.models() && !list.apis()).isTrue();
    var string = scopes(claims("https://globex.example").claim("scp", "prompts:use"));
    assertThat(string.prompts() && !string.apis()).isTrue();
    var none = scopes(claims("https://globex.example").claim("scope", ""));
    assertThat(none.apis() || none.models() || none.prompts()).isFalse();
  }

  private Scopes scopes(JWTClaimsSet.Builder claims) throws Exception {
    var answer = answer(hmac(claims.build(), SECRET));
    return ((Authentication.Granted) answer).principal().scopes();
  }

  @Test
  void aGoodCredentialOfATenantThatCannotBeServedIsNotCalledBad() throws Exception {
    var made = ring.create("tinitech", "a", java.util.Set.of("*"), null);
    var token = hmac(claims("https://initech.example").build(), SECRET);
    for (var credential : List.of(made.secret(), token, token)) {
      assertThat(((Authentication.Refused) answer(credential)).problem())
          .extracting(Problem::status, Problem::type)
          .containsExactly(503, "tenant-not-usable");
    }
    assertThat(refusal(hmac(claims("https://initech.example").build(), new byte[32])))
        .contains("signature");
    ring.revoke("tinitech", made.key().id());
    assertThat(refusal(made.secret())).contains("revoked");
  }

  @Test
  void aFloodOfBadTokensIsStoppedBeforeASignatureIsComputedAndStopsNobodyElse() throws Exception {
    var known = hmac(claims("https://globex.example").build(), SECRET);
    assertThat(tenant(known)).isEqualTo("globex");
    var key = ring.create("tacme", "a", java.util.Set.of("*"), null).secret();
    var bad = hmac(claims("https://globex.example").build(), new byte[32]);
    for (int i = 0; i < 101; i++) {
      refusal(bad);
    }
    assertThat(refusal(bad)).contains("too many");
    assertThat(tenant(known)).as("a token that was good before").isEqualTo("globex");
    assertThat(tenant(key)).as("a key behind the same proxy").isEqualTo("acme");
  }

  private String tenant(String credential) {
    return switch (answer(credential)) {
      case Authentication.Granted granted -> granted.principal().tenant().name();
      case Authentication.Refused refused -> refused.problem().detail();
    };
  }

  private String refusal(String credential) {
    return ((Authentication.Refused) answer(credential)).problem().detail();
  }

  private Problem problem(String credential) {
    return ((Authentication.Refused) answer(credential)).problem();
  }

  private Authentication answer(String credential) {
    return authenticator
        .authenticate("Bearer " + credential, "192.0.2.1")
        .toCompletableFuture()
        .orTimeout(10, java.util.concurrent.TimeUnit.SECONDS)
        .join();
  }

  private JWTClaimsSet.Builder claims(String iss) {
    return new JWTClaimsSet.Builder()
        .issuer(iss)
        .audience("api")
        .subject("ann")
        .expirationTime(Date.from(now.get().plusSeconds(3600)));
  }

  private String rsa(JWTClaimsSet claims, String id) throws Exception {
    return sign(JWSAlgorithm.RS256, id, claims, new RSASSASigner(key));
  }

  private static String hmac(JWTClaimsSet claims, byte[] secret) throws Exception {
    return sign(JWSAlgorithm.HS256, null, claims, new MACSigner(secret));
  }

  private static String sign(
      JWSAlgorithm algorithm, String id, JWTClaimsSet claims, JWSSigner signer) throws Exception {
    var token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(id).build(), claims);
    token.sign(signer);
    return token.serialize();
  }

  private static String part(String json) {
    return java.util.Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theFirstKeyInAClusterIsListedAndChangedOnlyThere() {
    var first = ApiKey.generate();
    var acme = manifests.tenants().get("acme");
    var placed = new Tenant();
    placed.setMetadata(acme.getMetadata());
    placed.setSpec(acme.getSpec());
    placed.setStatus(
        new TenantStatus(null, "tacme", "default-0", "acme-key", first.hash(), null, List.of()));
    serving.accept(Manifests.of(manifests.all().map(r -> r.equals(acme) ? placed : r).toList()));
    var made = ring.create("tacme", "mine", java.util.Set.of("*"), null);
    assertThat(ring.list("tacme"))
        .extracting(KeyRecord::label, KeyRecord::hash)
        .containsExactly(tuple("first", first.hash()), tuple("mine", made.key().hash()));
    assertThatThrownBy(() -> ring.revoke("tacme", ApiKey.id(first.hash())))
        .isInstanceOfSatisfying(
            KeyRing.Refused.class,
            refused -> assertThat(refused.problem().type()).isEqualTo("first-key"));
    assertThat(tenant(first.secret())).isEqualTo("acme");
  }

  /** Keys in a map. */
  @Test
  void aKeyThatCannotBeLookedUpYetIsNotRefusedForGood() throws Exception {
    var store = new MapKeyStore();
    var made = ApiKey.generate();
    store.put(new KeyRecord("tacme", made.hash(), "made", Scopes.ALL, Instant.EPOCH, null, false));
    store.away = true;
    try (var late = new KeyRing(store, serving, now::get)) {
      authenticator = new BearerAuthenticator(late, verifier);
      var problem = problem(made.secret());
      assertThat(problem.status()).isEqualTo(503);
      assertThat(problem.type()).isEqualTo("store-unavailable");
      assertThat(problem.headers()).containsEntry("Retry-After", "5");
      assertThat(problem(made.secret() + "0").status()).as("a key that is mistyped").isEqualTo(401);
      store.away = false;
      for (int i = 0; i < 100 && !late.isRead(); i++) {
        Thread.sleep(50);
      }
      assertThat(answer(made.secret())).isInstanceOf(Authentication.Granted.class);
      store.away = true;
      assertThat(answer(made.secret())).isInstanceOf(Authentication.Granted.class);
      assertThat(problem(ApiKey.generate().secret()).status())
          .as("what was read before goes on to be all there is")
          .isEqualTo(401);
    }
  }
}
