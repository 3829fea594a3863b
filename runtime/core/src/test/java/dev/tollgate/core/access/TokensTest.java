package dev.tollgate.core.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.manifest.Manifests;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What a JSON Web Token is good for. */
@NullUnmarked
class TokensTest extends AccessFixture {

  @Test
  void aTokenOfATenantsIssuerMeansThatTenantWhateverItClaims() throws Exception {
    var token = rsa(claims("https://acme.example").claim("tenant", "globex").build(), "one");
    assertThat(tenant(token)).isEqualTo("acme");
    assertThat(tenant(token)).isEqualTo("acme");
    assertThat(issuer.asked).hasValue(1);
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
    issuer.keys = new JWKSet(List.of(key.toPublicJWK(), next.toPublicJWK())).toString();
    key = next;
    assertThat(tenant(rsa(claims("https://acme.example").build(), "two"))).isEqualTo("acme");
    assertThat(issuer.asked).hasValue(2);
    for (int i = 0; i < 5; i++) {
      assertThat(refusal(rsa(claims("https://acme.example").build(), "three"))).contains("key id");
    }
    assertThat(issuer.asked).hasValue(2);
  }

  @Test
  void aKeyThatTheIssuerHasWithdrawnIsBelievedNoLongerByTokensThatWereGood() throws Exception {
    var token = rsa(claims("https://acme.example").build(), "one");
    assertThat(tenant(token)).isEqualTo("acme");
    key = new RSAKeyGenerator(2048).keyID("two").generate();
    issuer.keys = new JWKSet(key.toPublicJWK()).toString();
    now.set(now.get().plusSeconds(31));
    assertThat(tenant(token)).as("nobody asked the issuer again").isEqualTo("acme");
    assertThat(tenant(rsa(claims("https://acme.example").build(), "two"))).isEqualTo("acme");
    assertThat(refusal(token)).contains("key id");
    assertThat(issuer.asked).hasValue(2);
  }

  @Test
  void knownKeysServeWhileTheIssuerIsDown() throws Exception {
    assertThat(tenant(rsa(claims("https://acme.example").build(), "one"))).isEqualTo("acme");
    issuer.keys = "";
    now.set(now.get().plus(Duration.ofHours(2)));
    assertThat(tenant(rsa(claims("https://acme.example").build(), "one"))).isEqualTo("acme");
    for (int i = 0; i < 1000 && issuer.asked.get() < 2; i++) {
      Thread.sleep(10);
    }
    assertThat(issuer.asked.get()).as("asked again, and not waited for").isGreaterThan(1);
    assertThat(tenant(rsa(claims("https://acme.example").subject("bob").build(), "one")))
        .isEqualTo("acme");
  }

  @Test
  void noTokenIsRefusedWhileTheKeysOfItsIssuerCannotBeFetched() throws Exception {
    var keys = issuer.keys;
    issuer.keys = "";
    var token = rsa(claims("https://acme.example").build(), "one");
    assertThat(problem(token))
        .extracting(Problem::status, Problem::type)
        .containsExactly(503, "issuer-unavailable");
    now.set(now.get().plusSeconds(31));
    issuer.keys = keys;
    assertThat(tenant(token)).isEqualTo("acme");
    issuer.keys = "";
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
    assertThat(issuer.asked).hasValue(2);
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
    var made = ring.create("tinitech", "a", Set.of("*"), null);
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
    var key = ring.create("tacme", "a", Set.of("*"), null).secret();
    var bad = hmac(claims("https://globex.example").build(), new byte[32]);
    for (int i = 0; i < 101; i++) {
      refusal(bad);
    }
    assertThat(refusal(bad)).contains("too many");
    assertThat(tenant(known)).as("a token that was good before").isEqualTo("globex");
    assertThat(tenant(key)).as("a key behind the same proxy").isEqualTo("acme");
  }

  private String rsa(JWTClaimsSet claims, String id) throws Exception {
    return sign(JWSAlgorithm.RS256, id, claims, new RSASSASigner(key));
  }

  private static String part(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}
