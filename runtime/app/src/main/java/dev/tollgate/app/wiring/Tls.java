package dev.tollgate.app.wiring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A second port, with TLS and HTTP/2 by ALPN, from a directory that holds {@code tls.key} and
 * {@code tls.crt} in PEM, as a mounted {@code kubernetes.io/tls} Secret does. Both are read again
 * every half minute, so a renewed certificate needs no restart.
 */
public final class Tls {

  private Tls() {}

  /**
   * Settings of the server.
   *
   * @throws IllegalArgumentException when a file is missing
   */
  public static Map<String, Object> settings(Path directory, int port) {
    var key = directory.resolve("tls.key");
    var certificate = directory.resolve("tls.crt");
    for (var file : new Path[] {key, certificate}) {
      if (!Files.isReadable(file)) {
        throw new IllegalArgumentException(
            file + " cannot be read; a TLS directory holds tls.key and tls.crt");
      }
    }
    var provider = "micronaut.certificate.file.gateway.";
    return Map.of(
        "micronaut.server.dual-protocol",
        true,
        "micronaut.server.ssl.enabled",
        true,
        "micronaut.server.ssl.port",
        port,
        "micronaut.server.ssl.key-name",
        "gateway",
        provider + "format",
        "PEM",
        provider + "path",
        key.toString(),
        provider + "certificate-path",
        certificate.toString(),
        provider + "refresh-mode",
        "SCHEDULER",
        provider + "refresh-interval",
        "30s");
  }
}
