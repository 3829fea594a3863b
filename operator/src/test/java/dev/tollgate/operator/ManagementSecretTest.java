package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.access.PoolSecret;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.operator.management.ManagementSecret;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a pool's replicas and the operator know each other by. */
@NullUnmarked
class ManagementSecretTest {

  private static final String NAME = "edge-gateway-management";

  @RegisterExtension final EdgePool edge = new EdgePool();

  @Test
  void itIsMadeWithThePoolAndItsReplicasHaveNothingOfTheOperators() throws Exception {
    edge.create(EXTERNAL + pool(""));
    var data = secret().getData();
    assertThat(data)
        .containsOnlyKeys("token", "tls.key", "tls.crt", "operator.key", "operator.crt", "ca.crt");
    var authority = certificates(PoolSecret.AUTHORITIES).getFirst();
    for (var key : List.of(PoolSecret.CERTIFICATE, PoolSecret.OPERATOR_CERTIFICATE)) {
      var certificate = certificates(key).getFirst();
      certificate.verify(authority.getPublicKey());
      assertThat(certificate.getBasicConstraints()).as(key).isEqualTo(-1);
    }
    assertThat(certificates(PoolSecret.CERTIFICATE).getFirst().getExtendedKeyUsage())
        .as("of a server")
        .containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(certificates(PoolSecret.OPERATOR_CERTIFICATE).getFirst().getExtendedKeyUsage())
        .as("of a client")
        .containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(edge.pod().getVolumes())
        .filteredOn(volume -> volume.getName().equals("operator"))
        .singleElement()
        .satisfies(volume -> {
          assertThat(volume.getSecret().getSecretName()).isEqualTo(NAME);
          assertThat(volume.getSecret().getItems())
              .extracting(KeyToPath::getKey)
              .containsExactly("token", "tls.key", "tls.crt", "ca.crt");
        });
    assertThat(edge.environment())
        .contains("TOLLGATE_OPERATOR_PORT=8082", "TOLLGATE_OPERATOR_DIRECTORY=/operator");
    var version = secret().getMetadata().getResourceVersion();
    edge.edit("resources: {cpu: 200m}");
    assertThat(secret().getMetadata().getResourceVersion())
        .as("nothing is written again")
        .isEqualTo(version);
  }

  @Test
  void certificatesAreRenewedInGoodTimeAndTheOnesBeforeAreTrustedMeanwhile() throws Exception {
    edge.create(EXTERNAL + pool(""));
    var before = secret();
    edge.platform().stopOperator();
    ensureIn(Duration.ofDays(240));
    assertThat(secret().getData()).isEqualTo(before.getData());
    ensureIn(Duration.ofDays(250));
    assertThat(secret().getData().get("tls.crt")).isNotEqualTo(before.getData().get("tls.crt"));
    assertThat(secret().getData().get("token")).isEqualTo(before.getData().get("token"));
    var authorities = certificates(PoolSecret.AUTHORITIES);
    assertThat(authorities).hasSize(2);
    assertThat(authorities.get(1).getEncoded())
        .isEqualTo(certificates(before, "ca.crt").getFirst().getEncoded());
    ensureIn(Duration.ofDays(500));
    assertThat(certificates(PoolSecret.AUTHORITIES)).as("not all there ever were").hasSize(2);
  }

  private void ensureIn(Duration time) {
    var pool = edge.client().resources(GatewayPool.class).withName("edge").get();
    new ManagementSecret(edge.client(), Clock.offset(Clock.systemUTC(), time)).ensure(pool);
  }

  @Test
  void aReplicaWithRenewedCertificatesIsAskedOn() throws Exception {
    edge.replica().joins(edge.platform(), "edge");
    edge.replica().serves(1);
    edge.create(EXTERNAL + pool(""));
    await("it is programmed", () -> "Programmed".equals(edge.reason("Programmed")));
    edge.client().secrets().withName(NAME).delete();
    await("it is made anew", () -> secret() != null);
    edge.replica().knows(secret());
    edge.edit("resources: {cpu: 200m}");
    await("it is asked for what it serves", () -> "Pending".equals(edge.reason("Programmed")));
    edge.replica().serves(2);
    await("it is asked", () -> "Programmed".equals(edge.reason("Programmed")));
  }

  @Test
  void oneOfSomebodyElseIsLeftAloneAndTold() {
    edge.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: edge-gateway-management}
        stringData: {mine: "true"}
        """);
    edge.apply(EXTERNAL + pool(""));
    await("it is told", () -> "NameTaken".equals(edge.reason("Accepted")));
    assertThat(edge.message("Accepted")).contains("Secret " + NAME);
    assertThat(secret().getData()).containsOnlyKeys("mine");
  }

  private Secret secret() {
    return edge.client().secrets().withName(NAME).get();
  }

  private List<X509Certificate> certificates(String key) throws CertificateException {
    return certificates(secret(), key);
  }

  private static List<X509Certificate> certificates(Secret secret, String key)
      throws CertificateException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(PoolTls.data(secret, key)))
        .stream()
        .map(X509Certificate.class::cast)
        .toList();
  }
}
