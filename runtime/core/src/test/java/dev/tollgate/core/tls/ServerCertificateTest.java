package dev.tollgate.core.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerCertificateTest {

  /** A certificate and its key, in PEM. */
  private record Pair(byte[] chain, byte[] key) {}

  @Test
  void aKeyBelongsToItsOwnCertificateAlone(@TempDir Path directory) throws Exception {
    List<Pair> pairs = new ArrayList<>();
    for (var type :
        List.of(
            "-keyalg RSA",
            "-keyalg RSA",
            "-keyalg EC -groupname secp256r1",
            "-keyalg EC -groupname secp256r1",
            "-keyalg EC -groupname secp384r1",
            "-keyalg Ed25519",
            "-keyalg Ed25519")) {
      pairs.add(pair(directory.resolve(pairs.size() + ".p12"), type));
    }
    for (var one : pairs) {
      for (var other : pairs) {
        if (one == other) {
          var read = ServerCertificate.read(one.chain(), one.key());
          assertThat(pem("PRIVATE KEY", read.key().getEncoded())).isEqualTo(one.key());
          assertThat(read.chain()).hasSize(1);
        } else {
          assertThatThrownBy(() -> ServerCertificate.read(one.chain(), other.key()))
              .isInstanceOf(ServerCertificate.MismatchException.class)
              .hasMessage("the key in tls.key is not that of the certificate in tls.crt");
        }
      }
    }
  }

  @Test
  void whatIsNotPemIsNoMismatch(@TempDir Path directory) throws Exception {
    var pair = pair(directory.resolve("a.p12"), "-keyalg EC");
    var nothing = "nothing".getBytes(StandardCharsets.US_ASCII);
    for (var wrong :
        List.of(
            new Pair(nothing, pair.key()),
            new Pair(pair.chain(), nothing),
            new Pair(pair.key(), pair.key()),
            new Pair(pair.chain(), pair.chain()))) {
      assertThatThrownBy(() -> ServerCertificate.read(wrong.chain(), wrong.key()))
          .isInstanceOf(GeneralSecurityException.class)
          .isNotInstanceOf(ServerCertificate.MismatchException.class);
    }
  }

  @Test
  void theCurveMayStandBeforeTheKey(@TempDir Path directory) throws Exception {
    var pair = pair(directory.resolve("a.p12"), "-keyalg EC -groupname secp256r1");
    var curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    var key = curve + new String(pair.key(), StandardCharsets.US_ASCII);
    var read = ServerCertificate.read(pair.chain(), key.getBytes(StandardCharsets.US_ASCII));
    assertThat(pem("PRIVATE KEY", read.key().getEncoded())).isEqualTo(pair.key());
  }

  private static Pair pair(Path store, String type) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-dname",
                "CN=api.example.com",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit"));
    command.addAll(List.of(type.split(" ")));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    var password = "changeit".toCharArray();
    var keys = KeyStore.getInstance(store.toFile(), password);
    return new Pair(
        pem("CERTIFICATE", keys.getCertificate("a").getEncoded()),
        pem("PRIVATE KEY", keys.getKey("a", password).getEncoded()));
  }

  private static byte[] pem(String label, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(der))
        .getBytes(StandardCharsets.US_ASCII);
  }
}
