package dev.tollgate.crd.resolve;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A real etcd and kube-apiserver on loopback, with files in a folder that the caller removes. */
final class ApiServer implements AutoCloseable {
  private static final String TOKEN = "tests-only";

  private final List<Process> processes = new ArrayList<>();
  private final Path folder;
  private final URI url;
  private final HttpClient http;

  /** Where the binaries are kept, whether they are there or not. */
  static Path binaries() {
    String cache = System.getenv("TOLLGATE_CACHE");
    Path root =
        cache == null
            ? Path.of(System.getProperty("user.home"), ".cache/tollgate")
            : Path.of(cache);
    return root.resolve("cluster/bin");
  }

  static boolean isThere() {
    return Files.isExecutable(binaries().resolve("etcd"))
        && Files.isExecutable(binaries().resolve("kube-apiserver"));
  }

  ApiServer(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
    this.folder = folder;
    int etcd = freePort();
    int peer = freePort();
    int port = freePort();
    url = URI.create("https://127.0.0.1:" + port);
    start(
        "etcd",
        "--data-dir=" + folder.resolve("data"),
        "--listen-client-urls=http://127.0.0.1:" + etcd,
        "--advertise-client-urls=http://127.0.0.1:" + etcd,
        "--listen-peer-urls=http://127.0.0.1:" + peer,
        "--initial-advertise-peer-urls=http://127.0.0.1:" + peer,
        "--initial-cluster=default=http://127.0.0.1:" + peer,
        "--unsafe-no-fsync");
    Files.writeString(folder.resolve("tokens"), TOKEN + ",admin,admin,system:masters\n");
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
    Files.writeString(
        folder.resolve("key"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(key)
            + "\n-----END PRIVATE KEY-----\n");
    start(
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:" + etcd,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--secure-port=" + port,
        "--cert-dir=" + folder,
        "--token-auth-file=" + folder.resolve("tokens"),
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://tests.invalid",
        "--service-account-key-file=" + folder.resolve("key"),
        "--service-account-signing-key-file=" + folder.resolve("key"),
        "--disable-admission-plugins=ServiceAccount");
    http = connect();
    awaitAnswer("/readyz", 200);
    awaitAnswer("/api/v1/namespaces/default", 200);
  }

  /** Waits, at most a minute, for a status. */
  void awaitAnswer(String path, int status) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < deadline) {
      try {
        if (send("GET", path, "").statusCode() == status) {
          return;
        }
      } catch (IOException notYet) {
        // asked again
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException(path + " did not answer " + status + "; see " + folder);
  }

  HttpResponse<String> send(String method, String path, String json)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(url.resolve(path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    for (Process process : processes.reversed()) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }

  private void start(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(binaries().resolve(program).toString());
    command.addAll(List.of(arguments));
    processes.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(program + ".log").toFile())
            .start());
  }

  /** Trusts exactly the certificate that the server made for itself. */
  private HttpClient connect() throws IOException, InterruptedException, GeneralSecurityException {
    Path file = folder.resolve("apiserver.crt");
    for (int i = 0; i < 600 && !(Files.exists(file) && Files.size(file) > 0); i++) {
      Thread.sleep(100);
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (var in = Files.newInputStream(file)) {
      int i = 0;
      for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("c" + i++, c);
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(tls).version(HttpClient.Version.HTTP_1_1).build();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
