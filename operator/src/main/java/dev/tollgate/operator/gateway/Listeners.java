package dev.tollgate.operator.gateway;

import dev.tollgate.core.tls.ServerCertificate;
import dev.tollgate.crd.common.LocalRef;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.gateway.Listener;
import dev.tollgate.crd.gateway.Protocol;
import dev.tollgate.operator.SecretData;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The open ports of a pool. All HTTP listeners lead to one port of the pod and all HTTPS listeners
 * to another; the Service has a port for each.
 */
record Listeners(List<Listener> all) {

  static final int HTTP_PORT = 8080;
  static final int HTTPS_PORT = 8443;

  private static final String CERTIFICATES = ".tls.certificateRefs";

  /** Type of the Secrets that hold certificates. */
  static final String SECRET_TYPE = "kubernetes.io/tls";

  static Listeners of(GatewayPool pool) {
    var spec = pool.getSpec();
    var listeners = spec == null ? null : spec.listeners();
    return new Listeners(
        listeners == null || listeners.isEmpty()
            ? List.of(new Listener("http", HTTP_PORT, Protocol.HTTP, null, null))
            : List.copyOf(listeners));
  }

  boolean has(Protocol protocol) {
    return all.stream().anyMatch(l -> l.protocol() == protocol);
  }

  /** Host names that are answered to over a protocol; empty for any. */
  List<String> hostnames(Protocol protocol) {
    var names = new LinkedHashSet<String>();
    for (var listener : all) {
      if (listener.protocol() == protocol) {
        var some = listener.hostnames();
        if (some == null || some.isEmpty()) {
          return List.of();
        }
        names.addAll(some);
      }
    }
    return List.copyOf(names);
  }

  /** Names of the Secrets with certificates, each once, in the order of the spec. */
  List<String> certificates() {
    var names = new LinkedHashSet<String>();
    for (var listener : all) {
      references(listener).map(LocalRef::name).forEach(names::add);
    }
    return List.copyOf(names);
  }

  /**
   * The Secrets that the replicas are told of: all, once one of them holds a certificate, for the
   * others are taken up when they do. A runtime does not start with TLS and no certificate, so
   * until then it is told of none. Where those that are served are all deleted they stay: the
   * replicas have them in memory, and taking them away would restart them all without TLS.
   *
   * @param secrets a Secret of type {@link #SECRET_TYPE} by its name, or null
   * @param now what the replicas are told of at present
   */
  List<String> served(Function<String, @Nullable Secret> secrets, List<String> now) {
    var names = certificates();
    return names.stream().anyMatch(n -> now.contains(n) || holdsCertificate(secrets.apply(n)))
        ? names
        : List.of();
  }

  List<ServicePort> servicePorts() {
    List<ServicePort> ports = new ArrayList<>();
    for (var listener : all) {
      ports.add(
          new ServicePortBuilder()
              .withName(listener.name())
              .withPort(listener.port())
              .withTargetPort(
                  new IntOrString(listener.protocol() == Protocol.HTTPS ? "https" : "http"))
              .withProtocol("TCP")
              .build());
    }
    return ports;
  }

  /**
   * What is wrong with the certificates: a Secret that is not there, has no certificate or key, or
   * has the key of another certificate.
   *
   * @param secrets a Secret of type {@link #SECRET_TYPE} by its name, or null
   */
  List<Finding> findings(String pool, Function<String, @Nullable Secret> secrets) {
    List<Finding> findings = new ArrayList<>();
    for (var listener : all) {
      references(listener)
          .map(LocalRef::name)
          .forEach(name -> {
            var secret = secrets.apply(name);
            if (secret == null || !isComplete(secret)) {
              findings.add(
                  finding(
                      pool,
                      listener,
                      "CertificateNotFound",
                      "there is no Secret "
                          + name
                          + " of type "
                          + SECRET_TYPE
                          + " with tls.crt and tls.key; create it with kubectl create secret tls "
                          + name
                          + " --cert=FILE --key=FILE, or name another. The replicas take it up by"
                          + " themselves."));
            } else if (!isKeyOfCertificate(secret)) {
              findings.add(
                  finding(
                      pool,
                      listener,
                      "CertificateKeyMismatch",
                      "the key in tls.key of Secret "
                          + name
                          + " is not that of the certificate in its tls.crt, so the replicas do not"
                          + " take it up; put the key there that the certificate was made for."));
            }
          });
    }
    return findings;
  }

  /** Whether a finding tells of a certificate. */
  static boolean isOfCertificate(Finding finding) {
    return finding.path().endsWith(CERTIFICATES);
  }

  private static Finding finding(String pool, Listener listener, String reason, String message) {
    return new Finding(
        "GatewayPool",
        pool,
        "ResolvedRefs",
        reason,
        message,
        "spec.listeners[" + listener.name() + "]" + CERTIFICATES);
  }

  private static boolean holdsCertificate(@Nullable Secret secret) {
    return secret != null && isComplete(secret) && isKeyOfCertificate(secret);
  }

  private static boolean isComplete(Secret secret) {
    return secret.getData() != null
        && !value(secret, ServerCertificate.CHAIN).isEmpty()
        && !value(secret, ServerCertificate.KEY).isEmpty();
  }

  /** False where they surely do not belong together: what cannot be read, the replicas tell of. */
  private static boolean isKeyOfCertificate(Secret secret) {
    try {
      var _ =
          ServerCertificate.read(
              SecretData.bytes(value(secret, ServerCertificate.CHAIN)),
              SecretData.bytes(value(secret, ServerCertificate.KEY)));
      return true;
    } catch (ServerCertificate.MismatchException e) {
      return false;
    } catch (GeneralSecurityException e) {
      return true;
    }
  }

  private static String value(Secret secret, String name) {
    return secret.getData().getOrDefault(name, "");
  }

  private static Stream<LocalRef> references(Listener listener) {
    return listener.protocol() == Protocol.HTTPS && listener.tls() != null
        ? listener.tls().certificateRefs().stream()
        : Stream.empty();
  }
}
