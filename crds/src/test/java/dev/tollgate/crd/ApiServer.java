package dev.tollgate.crd;

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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A real etcd and kube-apiserver on loopback, as processes. Their binaries come from {@code
 * e2e-tests/cluster/build.sh}; without them a test is left out on a developer's machine, with a
 * line that says how to get them, and fails where {@code CI=true}.
 */
public final class ApiServer implements AutoCloseable {

  /** What its administrator shows as a bearer token. */
  public static final String TOKEN = "tests-only";

  private static final long START_SECONDS = 90;

  private final List<Process> processes = new ArrayList<>();
  private final Path binaries;
  private final Path folder;
  private final URI url;
  private @Nullable HttpClient http;

  private ApiServer(Path binaries, Path folder) throws IOException {
    this.binaries = binaries;
    this.folder = folder;
    int etcd = freePort();
    int peer = freePort();
    int port = freePort();
    url = URI.create("https://127.0.0.1:" + port);
    Files.writeString(folder.resolve("tokens"), TOKEN + ",admin,admin,system:masters\n");
    Files.writeString(folder.resolve("key"), newKey());
    run(
        "etcd",
        "--data-dir=" + folder.resolve("data"),
        "--listen-client-urls=http://127.0.0.1:" + etcd,
        "--advertise-client-urls=http://127.0.0.1:" + etcd,
        "--listen-peer-urls=http://127.0.0.1:" + peer,
        "--initial-advertise-peer-urls=http://127.0.0.1:" + peer,
        "--initial-cluster=default=http://127.0.0.1:" + peer,
        "--unsafe-no-fsync");
    run(
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:" + etcd,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--secure-port=" + port,
        "--cert-dir=" + folder,
        "--token-auth-file=" + folder.resolve("tokens"),
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.111.0.0/24",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + folder.resolve("key"),
        "--service-account-signing-key-file=" + folder.resolve("key"),
        "--disable-admission-plugins=ServiceAccount",
        "--endpoint-reconciler-type=none");
  }

  /**
   * Starts one, or leaves the calling test out.
   *
   * @param folder for its files, which the caller removes
   */
  public static ApiServer start(Path folder) throws IOException, InterruptedException {
    var cache = System.getenv("TOLLGATE_CACHE");
    var root =
        cache == null
            ? Path.of(System.getProperty("user.home"), ".cache/tollgate")
            : Path.of(cache);
    var binaries = root.resolve("cluster/bin");
    if (!Files.isExecutable(binaries.resolve("etcd"))
        || !Files.isExecutable(binaries.resolve("kube-apiserver"))) {
      var missing =
          "no etcd and kube-apiserver in " + binaries + "; e2e-tests/cluster/build.sh builds them";
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(missing);
      }
      System.out.println("Left out: tests on a real API server, " + missing);
      Assumptions.abort(missing);
    }
    var server = new ApiServer(binaries, folder);
    try {
      server.awaitAnswer("/readyz", 200);
      server.awaitAnswer("/api/v1/namespaces/default", 200);
    } catch (IllegalStateException e) {
      server.close();
      throw e;
    }
    return server;
  }

  /** Where it listens. */
  public URI url() {
    return url;
  }

  /** Waits for a status, a minute and a half at most. */
  public void awaitAnswer(String path, int status) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
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

  /**
   * Runs kubectl as its administrator.
   *
   * @return what it says of errors
   */
  public String kubectl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(binaries.resolve("kubectl").toString());
    command.addAll(List.of("--server=" + url, "--token=" + TOKEN, "--kubeconfig=/dev/null"));
    command.addAll(List.of("--certificate-authority=" + folder.resolve("apiserver.crt")));
    command.addAll(List.of(arguments));
    Path errors = folder.resolve("kubectl.log");
    new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(errors.toFile())
        .start()
        .waitFor();
    return Files.readString(errors);
  }

  /** Sends a request as its administrator. */
  public HttpResponse<String> send(String method, String path, String json)
      throws IOException, InterruptedException {
    if (http == null) {
      http =
          HttpClient.newBuilder().sslContext(trust()).version(HttpClient.Version.HTTP_1_1).build();
    }
    return http.send(
        HttpRequest.newBuilder(url.resolve(path))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Trusts exactly the certificate that the server has made for itself. */
  private SSLContext trust() throws IOException {
    try (var in = Files.newInputStream(folder.resolve("apiserver.crt"))) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int i = 0;
      for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("c" + i++, c);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(null, trust.getTrustManagers(), null);
      return tls;
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificate is not written yet", e);
    }
  }

  private static String newKey() {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return "-----BEGIN PRIVATE KEY-----\n"
          + Base64.getMimeEncoder()
              .encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
          + "\n-----END PRIVATE KEY-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void run(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(binaries.resolve(program).toString());
    command.addAll(List.of(arguments));
    processes.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(program + ".log").toFile())
            .start());
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    for (Process process : processes.reversed()) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }
}
