package dev.tollgate.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import org.jspecify.annotations.NullUnmarked;

/** Certificates that vouch for themselves. */
@NullUnmarked
final class TestCertificates {

  private TestCertificates() {}

  /** A certificate as a kubernetes.io/tls Secret has it. */
  static void make(Path directory, String type, String name) throws Exception {
    Files.createDirectories(directory);
    var store = directory.resolve("store.p12");
    var made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                type,
                "-alias",
                "a",
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=dns:" + name,
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .inheritIO()
            .start();
    if (made.waitFor() != 0) {
      throw new IllegalStateException("keytool failed");
    }
    var keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    pem(
        directory.resolve("tls.key"),
        "PRIVATE KEY",
        keys.getKey("a", "changeit".toCharArray()).getEncoded());
    pem(directory.resolve("tls.crt"), "CERTIFICATE", keys.getCertificate("a").getEncoded());
  }

  private static void pem(Path file, String type, byte[] der) throws IOException {
    var text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    Files.writeString(
        file,
        "-----BEGIN "
            + type
            + "-----\n"
            + text.encodeToString(der)
            + "\n-----END "
            + type
            + "-----\n");
  }
}
