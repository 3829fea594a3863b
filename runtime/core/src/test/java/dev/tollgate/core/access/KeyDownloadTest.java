package dev.tollgate.core.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.tollgate.core.tls.SecretTrust;
import dev.tollgate.crd.common.SecretRef;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over TLS: the address is the one that was checked, and the certificate that of the name. */
class KeyDownloadTest {

  private static final char[] PASSWORD = "changeit".toCharArray();

  @Test
  void theCertificateIsThatOfTheNameAtTheAddressThatWasChecked(@TempDir Path directory)
      throws Exception {
    var store = keyStore(directory.resolve("keys.p12"));
    var server = server(store);
    var trust = trust(store);
    try (var download = new KeyDownload(1000)) {
      var port = server.getAddress().getPort();
      var named = URI.create("https://issuer.example:" + port + "/keys?a=b");
      assertThat(get(download, trust, named)).isEqualTo("issuer.example:" + port + " /keys?a=b");
      assertThatThrownBy(
              () -> get(download, trust, URI.create("https://other.example:" + port + "/keys")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("other.example");
      assertThatThrownBy(() -> get(download, null, named)).isInstanceOf(IOException.class);
      assertThatThrownBy(
              () -> get(download, trust, URI.create("https://issuer.example:" + port + "/no")))
          .hasMessageContaining("404");
      assertThatThrownBy(() ->
              get(
                  download,
                  trust,
                  URI.create("https://issuer.example:" + port + "/keys?" + "a".repeat(1000))))
          .hasMessageEndingWith("longer than 1000 bytes");
    } finally {
      server.stop(0);
    }
  }

  private static String get(KeyDownload download, @Nullable SecretTrust trust, URI uri)
      throws Exception {
    return download.get(
        uri,
        List.of(InetAddress.getLoopbackAddress()),
        trust,
        System.nanoTime() + TimeUnit.SECONDS.toNanos(20));
  }

  private static KeyStore keyStore(Path file) throws Exception {
    var made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "k",
                "-keyalg",
                "EC",
                "-dname",
                "CN=issuer.example",
                "-ext",
                "san=dns:issuer.example",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    return KeyStore.getInstance(file.toFile(), PASSWORD);
  }

  private static SecretTrust trust(KeyStore store) throws Exception {
    var encoded = Base64.getMimeEncoder().encodeToString(store.getCertificate("k").getEncoded());
    var pem = "-----BEGIN CERTIFICATE-----\n" + encoded + "\n-----END CERTIFICATE-----\n";
    return new SecretTrust(
        new SecretRef("authorities", "ca.crt"),
        "jwt",
        (ref, use) ->
            use.equals("jwt")
                ? Optional.of(pem.getBytes(StandardCharsets.US_ASCII))
                : Optional.empty());
  }

  private static HttpsServer server(KeyStore store) throws Exception {
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD);
    var tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/keys",
        exchange -> {
          try (exchange) {
            var body =
                (exchange.getRequestHeaders().getFirst("Host") + " " + exchange.getRequestURI())
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
    return server;
  }
}
