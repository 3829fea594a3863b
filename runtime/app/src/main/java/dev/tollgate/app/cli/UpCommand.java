package dev.tollgate.app.cli;

import dev.tollgate.app.wiring.FirstKeys;
import dev.tollgate.app.wiring.Tls;
import dev.tollgate.core.tenancy.ClusterSource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micronaut.context.ApplicationContext;
import io.micronaut.http.client.netty.DefaultHttpClient;
import io.micronaut.runtime.Micronaut;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts the runtime: standalone over a directory, or as a replica in a cluster. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description =
        "Starts everything on this machine from the manifests in DIR, and follows their changes.")
public final class UpCommand implements Callable<Integer> {

  /** Exit code that leaves the JVM running. */
  public static final int KEEPS_RUNNING = -1;

  private static final long CLUSTER_TRAINING_MILLIS = 1000;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "Directory of YAML manifests (default: ${DEFAULT-VALUE}).",
      defaultValue = "samples/quickstart")
  Path directory = Path.of("samples/quickstart");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where databases and logs are kept (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:TOLLGATE_DATA:-data}")
  Path data = Path.of("data");

  @Option(
      names = "--port",
      description = "Port for callers (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:TOLLGATE_HTTP_PORT:-8080}")
  int port;

  @Option(
      names = "--management-port",
      description = "Port for health, metrics and administration (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:TOLLGATE_MANAGEMENT_PORT:-8081}")
  int managementPort;

  @Option(
      names = "--tls",
      paramLabel = "DIR",
      description = "Directory of tls.key and tls.crt (PEM); opens a port with TLS and HTTP/2.",
      defaultValue = "${env:TOLLGATE_TLS:-" + Option.NULL_VALUE + "}")
  @Nullable Path tls;

  @Option(
      names = "--https-port",
      description = "Port for callers with TLS (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:TOLLGATE_HTTPS_PORT:-8443}")
  int httpsPort;

  @Option(
      names = "--cluster",
      description = "Read the manifests from the cluster this pod runs in, in place of DIR.",
      defaultValue = "${env:TOLLGATE_CLUSTER:-false}")
  boolean cluster;

  @Option(names = "--train", hidden = true, description = "Start, answer a few requests, and end.")
  boolean train;

  @Override
  public Integer call() throws Exception {
    if (!cluster && !Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          directory.toAbsolutePath() + " is not a directory; name one that holds your manifests");
    }
    Files.createDirectories(data);
    Map<String, Object> settings = new HashMap<>();
    settings.put("tollgate.data", data.toAbsolutePath().toString());
    settings.put("tollgate.source", cluster ? "cluster" : "directory");
    settings.put("tollgate.directory", directory.toAbsolutePath().toString());
    settings.put("micronaut.server.port", port);
    settings.put("endpoints.all.port", managementPort == 0 ? freePort() : managementPort);
    if (tls != null) {
      settings.putAll(Tls.settings(tls, httpsPort));
    }
    var context = Micronaut.build(new String[0]).banner(false).properties(settings).start();
    var server = context.getBean(EmbeddedServer.class);
    if (train) {
      train(context, server);
      context.close();
      return 0;
    }
    if (!cluster) {
      greet(context, server);
    }
    return KEEPS_RUNNING;
  }

  private static int freePort() throws IOException {
    try (var socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void greet(ApplicationContext context, EmbeddedServer server) {
    var took = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    var url = "http://localhost:" + server.getPort();
    var out = System.out;
    out.println();
    out.printf("Tollgate is up after %d ms, from %s%n", took, directory);
    out.println("  " + url + "/            where things are");
    for (var key : context.getBean(FirstKeys.class).all().entrySet()) {
      out.printf("%n  %s's key: %s%n", key.getKey(), key.getValue());
    }
    context.getBean(FirstKeys.class).all().values().stream()
        .findFirst()
        .ifPresent(key ->
            out.printf(
                """

                Try:
                  curl -s %1$s/v1/tools/json/format -H 'Authorization: Bearer %2$s' -d '{"hello":["world"]}'
                  curl -s %1$s/v1/usage -H 'Authorization: Bearer %2$s'
                """,
                url, key));
    out.println();
    out.println(
        "Manifests are followed: edit a file in "
            + directory
            + " and it is served within a second.");
    out.flush();
  }

  /** A few requests of each kind, so that their classes are in the start-up cache. */
  private static void train(ApplicationContext context, EmbeddedServer server) throws Exception {
    var base = "http://localhost:" + server.getPort();
    var keys = context.getBean(FirstKeys.class).all().values();
    try (var client = HttpClient.newHttpClient()) {
      for (var key : keys) {
        for (var path : new String[] {"/v1/usage", "/v1/keys", "/", "/health"}) {
          var request =
              HttpRequest.newBuilder(URI.create(base + path))
                  .header("Authorization", "Bearer " + key)
                  .build();
          client.send(request, HttpResponse.BodyHandlers.discarding());
        }
        var post =
            HttpRequest.newBuilder(URI.create(base + "/v1/tools/json/format"))
                .header("Authorization", "Bearer " + key)
                .POST(HttpRequest.BodyPublishers.ofString("{\"a\":[1]}"))
                .build();
        client.send(post, HttpResponse.BodyHandlers.discarding());
      }
    }
    // loaded too, though the quick start has no backend to call, and no cluster to be in
    Class.forName(DefaultHttpClient.class.getName());
    Class.forName("org.mariadb.jdbc.Driver");
    var nowhere = new ConfigBuilder(Config.empty()).withMasterUrl("http://127.0.0.1:1").build();
    var snapshot = Files.createTempFile("tollgate", ".yaml");
    var cluster =
        new ClusterSource(
            new KubernetesClientBuilder().withConfig(nowhere).build(), "default", snapshot);
    cluster.start(manifests -> {});
    Thread.sleep(CLUSTER_TRAINING_MILLIS);
    cluster.close();
    Files.delete(snapshot);
  }
}
