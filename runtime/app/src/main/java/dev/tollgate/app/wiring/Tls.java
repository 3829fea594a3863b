package dev.tollgate.app.wiring;

import dev.tollgate.core.tls.ServerCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A second port, with TLS and HTTP/2 by ALPN, that serves {@link Certificates}. */
public final class Tls {

  private Tls() {}

  /**
   * Settings of the server.
   *
   * @param directories each with {@code tls.key} and {@code tls.crt}
   * @throws IllegalArgumentException when none has both files
   */
  public static Map<String, Object> settings(List<Path> directories, int port) {
    if (directories.stream().noneMatch(Tls::hasFiles)) {
      throw new IllegalArgumentException(
          "no tls.key and tls.crt can be read in "
              + directories.stream().map(Path::toString).collect(Collectors.joining(" or ")));
    }
    Map<String, Object> settings = new HashMap<>();
    settings.put("micronaut.server.dual-protocol", true);
    settings.put("micronaut.server.ssl.enabled", true);
    settings.put("micronaut.server.ssl.port", port);
    settings.put("micronaut.server.ssl.key-name", Certificates.NAME);
    settings.put(Certificates.DIRECTORIES, directories.stream().map(Path::toString).toList());
    return settings;
  }

  private static boolean hasFiles(Path directory) {
    return Files.isReadable(directory.resolve(ServerCertificate.KEY))
        && Files.isReadable(directory.resolve(ServerCertificate.CHAIN));
  }
}
