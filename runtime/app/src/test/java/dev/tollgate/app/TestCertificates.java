package dev.tollgate.app;

import dev.tollgate.core.access.PoolSecret;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.NullUnmarked;

/** Certificates that vouch for themselves, or that an authority of the test has signed. */
@NullUnmarked
final class TestCertificates {

  private static final char[] PASSWORD = "changeit".toCharArray();

  private TestCertificates() {}

  /** A certificate as a kubernetes.io/tls Secret has it. */
  static void make(Path directory, String type, String name) throws Exception {
    Files.createDirectories(directory);
    var store = directory.resolve("store.p12");
    keytool(store, "a", type, name, "-ext", "SAN=dns:" + name);
    write(store, "a", directory.resolve("tls.key"), directory.resolve("tls.crt"));
  }

  /** What a replica of a pool and the operator know each other by, as the pool's Secret has it. */
  static void ofPool(Path directory) throws Exception {
    Files.createDirectories(directory);
    var store = directory.resolve("store.p12");
    keytool(store, "ca", "EC", "authority", "-ext", "bc:c=ca:true");
    keytool(store, "replica", "EC", "replica", "-signer", "ca", "-ext", "eku=serverAuth");
    keytool(store, "operator", "EC", "operator", "-signer", "ca", "-ext", "eku=clientAuth");
    write(store, "ca", directory.resolve("ca.key"), directory.resolve(PoolSecret.AUTHORITIES));
    write(
        store,
        "replica",
        directory.resolve(PoolSecret.KEY),
        directory.resolve(PoolSecret.CERTIFICATE));
    Files.writeString(directory.resolve(PoolSecret.TOKEN), "of-the-pool");
  }

  /**
   * A client that has one of the identities in {@link #ofPool}.
   *
   * @param alias {@code operator} or {@code replica}; empty for none
   */
  static HttpClient client(Path directory, String alias) throws Exception {
    var store = KeyStore.getInstance(directory.resolve("store.p12").toFile(), PASSWORD);
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    var own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    if (!alias.isEmpty()) {
      own.setKeyEntry(
          alias,
          store.getKey(alias, PASSWORD),
          PASSWORD,
          new Certificate[] {store.getCertificate(alias)});
    }
    keys.init(own, PASSWORD);
    var tls = SSLContext.getInstance("TLSv1.3");
    tls.init(keys.getKeyManagers(), new TrustManager[] {new Anybody()}, null);
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(tls).build();
  }

  /** Takes whoever answers for the server: that is not what is tested. */
  static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static void keytool(Path store, String alias, String type, String name, String... more)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-keyalg", type, "-alias", alias));
    command.addAll(List.of("-dname", "CN=" + name, "-keystore", store.toString()));
    command.addAll(List.of("-storepass", new String(PASSWORD)));
    command.addAll(List.of(more));
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IllegalStateException("keytool failed");
    }
  }

  private static void write(Path store, String alias, Path key, Path certificate) throws Exception {
    var keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    pem(key, "PRIVATE KEY", keys.getKey(alias, PASSWORD).getEncoded());
    pem(certificate, "CERTIFICATE", keys.getCertificate(alias).getEncoded());
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
