package dev.tollgate.core.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import dev.tollgate.crd.access.SignatureAlgorithm;
import dev.tollgate.crd.view.TrustView;
import java.net.URI;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Issuers that are slow, wrong or not where they may be. */
@NullUnmarked
class IssuerKeysTest {

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private IssuerServer issuer;
  private IssuerKeys keys;
  private RSAKey rsa;

  @BeforeEach
  void start() throws Exception {
    issuer = new IssuerServer();
    keys = keys(true);
    rsa = new RSAKeyGenerator(2048).keyID("one").generate();
    issuer.keys = set(rsa.toPublicJWK().toJSONString());
  }

  private IssuerKeys keys(boolean allowPrivate) {
    return new IssuerKeys(
        new IssuerKeys.Rules(
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            Duration.ofDays(1),
            Duration.ofMillis(500),
            allowPrivate),
        now::get,
        (ref, use) -> Optional.empty());
  }

  @AfterEach
  void stop() {
    issuer.close();
    keys.close();
  }

  @Test
  void anIssuerThatDripsItsAnswerIsGivenUpAndAskedAgain() throws Exception {
    issuer.dripping = true;
    assertThat(key("one", SignatureAlgorithm.RS256)).isNull();
    issuer.dripping = false;
    assertThat(key("one", SignatureAlgorithm.RS256)).as("asked a moment ago").isNull();
    now.set(now.get().plusSeconds(31));
    assertThat(key("one", SignatureAlgorithm.RS256)).isEqualTo(rsa.toRSAPublicKey());
  }

  @Test
  void knownKeysServeAtOnceWhileTheyAreFetchedAgain() throws Exception {
    assertThat(key("one", SignatureAlgorithm.RS256)).isNotNull();
    issuer.dripping = true;
    now.set(now.get().plusSeconds(601));
    var answer = keys.key(trust(), "one", SignatureAlgorithm.RS256);
    assertThat(answer).isCompletedWithValue(rsa.toRSAPublicKey());
    for (int i = 0; i < 500 && issuer.asked.get() < 2; i++) {
      Thread.sleep(10);
    }
    assertThat(issuer.asked).hasValue(2);
    now.set(now.get().plus(Duration.ofDays(1)));
    assertThat(key("one", SignatureAlgorithm.RS256)).as("too old").isNull();
  }

  @Test
  void aKeyThatCannotBeReadOrIsForSomethingElseSaysNothingOfTheOthers() throws Exception {
    var ec = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
    var secret =
        new RSAKeyGenerator(2048).keyID("enc").keyUse(KeyUse.ENCRYPTION).generate().toPublicJWK();
    issuer.keys =
        set(
            "{\"kty\":\"RSA\",\"kid\":\"bad\",\"n\":17}",
            "{\"kty\":\"EC\",\"kid\":\"off\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}",
            "{\"kid\":\"none\"}",
            "7",
            secret.toJSONString(),
            new RSAKey.Builder(rsa.toRSAPublicKey())
                .keyID("rs512")
                .algorithm(JWSAlgorithm.RS512)
                .build()
                .toJSONString(),
            new RSAKey.Builder(rsa.toRSAPublicKey())
                .keyID("wrap")
                .keyOperations(Set.of(KeyOperation.ENCRYPT))
                .build()
                .toJSONString(),
            rsa.toPublicJWK().toJSONString(),
            ec.toPublicJWK().toJSONString());
    assertThat(key("one", SignatureAlgorithm.RS256)).isEqualTo(rsa.toRSAPublicKey());
    assertThat(key("one", SignatureAlgorithm.ES256)).isEqualTo(ec.toECPublicKey());
    assertThat(key(null, SignatureAlgorithm.RS256)).isEqualTo(rsa.toRSAPublicKey());
    assertThat(key("enc", SignatureAlgorithm.RS256)).isNull();
    assertThat(key("bad", SignatureAlgorithm.RS256)).isNull();
    assertThat(key("rs512", SignatureAlgorithm.RS256)).isNull();
    assertThat(key("wrap", SignatureAlgorithm.RS256)).isNull();
    assertThat(issuer.asked).hasValue(1);
  }

  @Test
  void aTenantsIssuerIsNotAskedAtAnAddressThatIsNotPublic() throws Exception {
    keys.close();
    keys = keys(false);
    assertThat(key("one", SignatureAlgorithm.RS256)).isNull();
    assertThat(issuer.asked).hasValue(0);
    var shared = trust(URI.create("http://100.64.0.1/keys"), "acme");
    assertThat(keys.key(shared, "one", SignatureAlgorithm.RS256).get(20, TimeUnit.SECONDS))
        .isNull();
    var pools = trust(trust().jwksUri(), null);
    assertThat(keys.key(pools, "one", SignatureAlgorithm.RS256).get(20, TimeUnit.SECONDS))
        .as("the operator's own")
        .isEqualTo(rsa.toRSAPublicKey());
  }

  private PublicKey key(String id, SignatureAlgorithm algorithm) throws Exception {
    return keys.key(trust(), id, algorithm).get(20, TimeUnit.SECONDS);
  }

  private TrustView trust() {
    return trust(issuer.uri(), "acme");
  }

  private static TrustView trust(URI uri, String tenant) {
    return new TrustView(
        "https://acme.example",
        Set.of("api"),
        uri,
        false,
        null,
        null,
        Set.of(SignatureAlgorithm.RS256, SignatureAlgorithm.ES256),
        null,
        tenant);
  }

  private static String set(String... keys) {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }
}
