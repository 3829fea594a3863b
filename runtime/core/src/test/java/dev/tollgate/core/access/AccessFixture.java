package dev.tollgate.core.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.core.tenancy.Placing;
import dev.tollgate.crd.manifest.ManifestReader;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.resolve.Placement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tenants, what they trust, and their keys, for tests that show credentials. */
@NullUnmarked
abstract class AccessFixture {

  static final byte[] SECRET =
      "a shared secret of more than 32 bytes".getBytes(StandardCharsets.UTF_8);

  final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  IssuerServer issuer;
  RSAKey key;
  LiveServing serving;
  Manifests manifests;
  BearerAuthenticator authenticator;
  KeyRing ring;
  JwtVerifier verifier;
  final AtomicReference<byte[]> secret = new AtomicReference<>(SECRET);

  @BeforeEach
  void start() throws Exception {
    issuer = new IssuerServer();
    key = new RSAKeyGenerator(2048).keyID("one").generate();
    issuer.keys = new JWKSet(key.toPublicJWK()).toString();
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
          - {issuer: "https://acme.example", audiences: [api], jwksUri: "%s"}
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
            .formatted(issuer.uri());
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
    issuer.close();
  }

  String tenant(String credential) {
    return switch (answer(credential)) {
      case Authentication.Granted granted -> granted.principal().tenant().name();
      case Authentication.Refused refused -> refused.problem().detail();
    };
  }

  String refusal(String credential) {
    return ((Authentication.Refused) answer(credential)).problem().detail();
  }

  Problem problem(String credential) {
    return ((Authentication.Refused) answer(credential)).problem();
  }

  Authentication answer(String credential) {
    return authenticator
        .authenticate("Bearer " + credential, "192.0.2.1")
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
  }

  JWTClaimsSet.Builder claims(String iss) {
    return new JWTClaimsSet.Builder()
        .issuer(iss)
        .audience("api")
        .subject("ann")
        .expirationTime(Date.from(now.get().plusSeconds(3600)));
  }

  static String hmac(JWTClaimsSet claims, byte[] secret) throws Exception {
    return sign(JWSAlgorithm.HS256, null, claims, new MACSigner(secret));
  }

  static String sign(JWSAlgorithm algorithm, String id, JWTClaimsSet claims, JWSSigner signer)
      throws Exception {
    var token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(id).build(), claims);
    token.sign(signer);
    return token.serialize();
  }
}
