package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.PLAIN;
import static dev.tollgate.operator.EdgePool.SECURE;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the listeners of a pool lead to: ports, and certificates as they come and go. */
class GatewayPoolListenersTest {

  @RegisterExtension final EdgePool edge = new EdgePool();

  @Test
  void anHttpsListenerLeadsToThePodsHttpsPortWithItsCertificateMounted() {
    edge.makeCertificate("api-cert");
    edge.create(EXTERNAL + pool("listeners: [" + PLAIN + ", " + SECURE + "]"));
    assertThat(service().getSpec().getPorts())
        .extracting(p -> p.getName() + " " + p.getPort() + " " + p.getTargetPort().getStrVal())
        .containsExactly("plain 80 http", "secure 443 https");
    assertThat(edge.container().getPorts())
        .extracting(ContainerPort::getName, ContainerPort::getContainerPort)
        .contains(tuple("https", 8443));
    assertThat(edge.environment())
        .contains(
            "TOLLGATE_TLS=/tls/api-cert,/tls/other-cert",
            "TOLLGATE_HTTPS_PORT=8443",
            "TOLLGATE_HTTPS_HOSTNAMES=api.example.com,*.example.org")
        .noneMatch(variable -> variable.startsWith("TOLLGATE_HTTP_HOSTNAMES"));
    assertThat(edge.container().getVolumeMounts())
        .filteredOn(m -> m.getMountPath().startsWith("/tls/"))
        .allMatch(m -> m.getReadOnly())
        .extracting(m -> m.getMountPath())
        .containsExactly("/tls/api-cert", "/tls/other-cert");
    assertThat(edge.pod().getVolumes())
        .filteredOn(v -> v.getName().startsWith("tls-"))
        .allMatch(v -> v.getSecret().getOptional())
        .extracting(v -> v.getSecret().getSecretName())
        .containsExactly("api-cert", "other-cert");
  }

  @Test
  void withoutAnHttpsListenerThereIsNoPortAndNoSettingForIt() {
    edge.create(EXTERNAL + pool("listeners: [" + PLAIN + "]"));
    assertThat(edge.container().getPorts())
        .extracting(ContainerPort::getName)
        .containsExactly("http", "management", "operator");
    assertThat(edge.environment()).noneMatch(e -> e.contains("TLS") || e.contains("HTTPS"));
    assertThat(edge.pod().getVolumes()).noneMatch(v -> v.getName().startsWith("tls-"));
  }

  @Test
  void aMissingCertificateIsNamedUntilItsSecretIsThere() {
    edge.makeCertificate("other-cert");
    edge.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    await("it is missed", () -> "CertificateNotFound".equals(edge.reason("ResolvedRefs")));
    assertThat(edge.message("ResolvedRefs"))
        .contains("api-cert")
        .doesNotContain("Secret other-cert");
    assertThat(edge.set()).isNotNull();
    edge.makeCertificate("api-cert");
    await("it is found", () -> "True".equals(edge.state("ResolvedRefs")));
    edge.client().secrets().withName("api-cert").delete();
    await("it is missed again", () -> "CertificateNotFound".equals(edge.reason("ResolvedRefs")));
  }

  @Test
  void certificatesAreServedFromWhenOneIsThereUntilOthersAreNamed() {
    edge.create(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    assertThat(edge.environment()).noneMatch(e -> e.contains("TLS"));
    edge.makeCertificate("other-cert");
    var both = "TOLLGATE_TLS=/tls/api-cert,/tls/other-cert";
    await("they are served", () -> edge.environment().contains(both));
    edge.client().secrets().withName("other-cert").delete();
    await("it is missed", () -> edge.message("ResolvedRefs").contains("Secret other-cert"));
    assertThat(edge.environment()).contains(both);
    edge.apply(pool("listeners: [" + SECURE.replaceAll("(api|other)-cert", "$1-next") + "]"));
    await("others are awaited", () -> edge.message("ResolvedRefs").contains("Secret api-next"));
    await("none is served", () -> edge.environment().stream().noneMatch(e -> e.contains("TLS")));
  }

  @Test
  void aCertificateWithTheKeyOfAnotherIsToldOfAndNotServed(@TempDir Path made) throws Exception {
    var own = certificate(made.resolve("own.p12"));
    var other = certificate(made.resolve("other.p12"));
    certificate("api-cert", own.getCertificate(), other.getPrivateKey());
    edge.apply(EXTERNAL + pool("listeners: [" + SECURE + "]"));
    await("both are told of", () -> edge.message("ResolvedRefs").contains("Secret other-cert"));
    assertThat(edge.message("ResolvedRefs"))
        .contains(
            "the key in tls.key of Secret api-cert is not that of the certificate in its tls.crt");
    assertThat(edge.environment()).noneMatch(e -> e.contains("TLS"));
    certificate("other-cert", own.getCertificate(), own.getPrivateKey());
    await("it is served", () -> edge.environment().stream().anyMatch(e -> e.contains("TLS")));
    assertThat(edge.reason("ResolvedRefs")).isEqualTo("CertificateKeyMismatch");
    edge.client().secrets().withName("api-cert").delete();
    certificate("api-cert", other.getCertificate(), other.getPrivateKey());
    await("it is mended", () -> "True".equals(edge.state("ResolvedRefs")));
  }

  private Service service() {
    return edge.client().services().withName("edge-gateway").get();
  }

  private void certificate(String name, Certificate certificate, PrivateKey key) throws Exception {
    var secret =
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withType("kubernetes.io/tls")
            .addToStringData("tls.crt", pem("CERTIFICATE", certificate.getEncoded()))
            .addToStringData("tls.key", pem("PRIVATE KEY", key.getEncoded()))
            .build();
    edge.client().resource(secret).create();
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(der));
  }

  private static KeyStore.PrivateKeyEntry certificate(Path store) throws Exception {
    var made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "a",
                "-dname",
                "CN=api.example.com",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    var password = "changeit".toCharArray();
    return (KeyStore.PrivateKeyEntry)
        KeyStore.getInstance(store.toFile(), password)
            .getEntry("a", new KeyStore.PasswordProtection(password));
  }
}
