package dev.tollgate.operator;

import dev.tollgate.core.FreePort;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A real etcd and kube-apiserver, as processes, for the tests of one JVM. Their binaries come from
 * {@code e2e-tests/cluster/build.sh}; without them a test is left out on a developer's machine,
 * with a line that says how to get them, and fails where {@code CI=true}.
 */
final class ApiServer implements AutoCloseable {

  private static final long START_SECONDS = 90;
  private final List<Process> processes = new ArrayList<>();
  private final Path directory;
  private final Config config;

  private ApiServer(Path binaries) throws IOException, InterruptedException {
    directory = Files.createTempDirectory("tollgate-api");
    var etcdPort = FreePort.find();
    var peerPort = FreePort.find();
    var port = FreePort.find();
    var key = serviceAccountKey();
    Files.writeString(directory.resolve("tokens.csv"), "test-token,admin,admin,system:masters\n");
    run(
        "etcd",
        binaries.resolve("etcd").toString(),
        "--data-dir=" + directory.resolve("etcd"),
        "--unsafe-no-fsync",
        "--listen-client-urls=http://127.0.0.1:" + etcdPort,
        "--advertise-client-urls=http://127.0.0.1:" + etcdPort,
        "--listen-peer-urls=http://127.0.0.1:" + peerPort,
        "--initial-cluster=default=http://127.0.0.1:" + peerPort,
        "--initial-advertise-peer-urls=http://127.0.0.1:" + peerPort);
    run(
        "kube-apiserver",
        binaries.resolve("kube-apiserver").toString(),
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--secure-port=" + port,
        "--cert-dir=" + directory.resolve("certs"),
        "--service-cluster-ip-range=10.111.0.0/24",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + key,
        "--service-account-signing-key-file=" + key,
        "--token-auth-file=" + directory.resolve("tokens.csv"),
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
        "--endpoint-reconciler-type=none");
    config = config("https://127.0.0.1:" + port);
    awaitReady();
  }

  /** For a client of such a server, as its administrator. */
  static Config config(String url) {
    return new ConfigBuilder(Config.empty())
        .withMasterUrl(url)
        .withTrustCerts(true)
        .withOauthToken("test-token")
        .withNamespace("default")
        .build();
  }

  /** Starts one, or leaves the calling test out with a line that says why. */
  static ApiServer start() throws IOException, InterruptedException {
    var cache = System.getenv("TOLLGATE_CACHE");
    var root =
        cache == null
            ? Path.of(System.getProperty("user.home"), ".cache/tollgate")
            : Path.of(cache);
    var binaries = root.resolve("cluster/bin");
    if (!Files.isExecutable(binaries.resolve("kube-apiserver"))) {
      var missing = "no kube-apiserver in " + binaries + "; e2e-tests/cluster/build.sh builds one";
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(missing);
      }
      System.out.println("Left out: tests on a real API server, " + missing);
      Assumptions.abort(missing);
    }
    return new ApiServer(binaries);
  }

  /** Where it listens. */
  String url() {
    return config.getMasterUrl();
  }

  KubernetesClient client() {
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  private void run(String name, String... command) throws IOException {
    processes.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(name + ".log").toFile())
            .start());
  }

  private void awaitReady() throws InterruptedException, IOException {
    var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    try (var client = client()) {
      while (System.nanoTime() < end) {
        try {
          if (client.namespaces().withName("default").get() != null) {
            return;
          }
        } catch (RuntimeException e) {
          // not up yet
        }
        Thread.sleep(200);
      }
    }
    close();
    throw new IOException(
        "the API server did not start:\n"
            + Files.readString(directory.resolve("kube-apiserver.log")));
  }

  private Path serviceAccountKey() throws IOException {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      var file = directory.resolve("sa.key");
      Files.writeString(
          file,
          "-----BEGIN PRIVATE KEY-----\n"
              + Base64.getMimeEncoder()
                  .encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
              + "\n-----END PRIVATE KEY-----\n");
      return file;
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    for (var process : processes.reversed()) {
      process.destroy();
      try {
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
