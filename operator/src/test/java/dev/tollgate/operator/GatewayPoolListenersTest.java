package dev.tollgate.operator;

import static dev.tollgate.operator.EdgePool.EXTERNAL;
import static dev.tollgate.operator.EdgePool.PLAIN;
import static dev.tollgate.operator.EdgePool.SECURE;
import static dev.tollgate.operator.EdgePool.pool;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

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
        .filteredOn(v -> v.getSecret() != null)
        .allMatch(v -> v.getSecret().getOptional())
        .extracting(v -> v.getSecret().getSecretName())
        .containsExactly("api-cert", "other-cert");
  }

  @Test
  void withoutAnHttpsListenerThereIsNoPortAndNoSettingForIt() {
    edge.create(EXTERNAL + pool("listeners: [" + PLAIN + "]"));
    assertThat(edge.container().getPorts())
        .extracting(ContainerPort::getName)
        .containsExactly("http", "management");
    assertThat(edge.environment()).noneMatch(e -> e.contains("TLS") || e.contains("HTTPS"));
    assertThat(edge.pod().getVolumes()).noneMatch(v -> v.getSecret() != null);
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

  private Service service() {
    return edge.client().services().withName("edge-gateway").get();
  }
}
