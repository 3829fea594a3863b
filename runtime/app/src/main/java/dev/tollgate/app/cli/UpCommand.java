package dev.tollgate.app.cli;

import dev.tollgate.app.wiring.FirstKeys;
import dev.tollgate.app.wiring.SettingsCheck;
import dev.tollgate.app.wiring.Tls;
import dev.tollgate.core.metering.MappedUsageLog;
import dev.tollgate.core.store.PrivateFiles;
import dev.tollgate.core.tenancy.ClusterSource;
import dev.tollgate.core.tenancy.LiveServing;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.Environment;
import io.micronaut.runtime.Micronaut;
import io.micronaut.runtime.exceptions.ApplicationStartupException;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

  private static final Logger LOG = LoggerFactory.getLogger(UpCommand.class);
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
      split = ",",
      description =
          "Directories of tls.key and tls.crt (PEM) each; opens a port with TLS and HTTP/2.",
      defaultValue = "${env:TOLLGATE_TLS:-" + Option.NULL_VALUE + "}")
  @Nullable List<Path> tls;

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

  @Option(
      names = "--train",
      hidden = true,
      description = "Serve what makes the start-up cache, and end; with --cluster for a replica's.")
  boolean train;

  @Override
  public Integer call() throws Exception {
    PrivateFiles.newDirectory(data);
    if (train) {
      train();
      return 0;
    }
    if (!cluster && !Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          directory.toAbsolutePath() + " is not a directory; name one that holds your manifests");
    }
    if (port == managementPort && port != 0) {
      throw new IllegalArgumentException(
          "--port and --management-port are both " + port + "; name two");
    }
    Ports.check("--port", port);
    Ports.check("--management-port", managementPort);
    if (tls != null) {
      Ports.check("--https-port", httpsPort);
    }
    SettingsCheck.check(System.getenv()).forEach(LOG::warn);
    MappedUsageLog.checkFree(data.resolve("usage"));
    var context = start(directory, cluster);
    if (!cluster) {
      greet(context, context.getBean(EmbeddedServer.class));
    }
    return KEEPS_RUNNING;
  }

  private ApplicationContext start(Path manifests, boolean fromCluster) throws Exception {
    Map<String, Object> settings = new HashMap<>();
    settings.put("tollgate.data", data.toAbsolutePath().toString());
    settings.put("tollgate.source", fromCluster ? "cluster" : "directory");
    settings.put("tollgate.directory", manifests.toAbsolutePath().toString());
    settings.put("micronaut.server.port", port);
    settings.put("endpoints.all.port", managementPort == 0 ? Ports.free() : managementPort);
    if (tls != null) {
      settings.putAll(Tls.settings(tls, httpsPort));
    }
    return new Start().banner(false).properties(settings).start();
  }

  /** Throws what kept it from starting, in place of ending this process with a stack trace. */
  private static final class Start extends Micronaut {
    @Override
    protected void handleStartupException(Environment environment, Throwable failure) {
      if (failure instanceof ApplicationStartupException known) {
        throw known;
      }
      var root = failure;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      // an exception of the file system or the network says all in its message, others do not
      if (!(root instanceof IOException)) {
        LOG.error("Tollgate cannot start", failure);
      }
      throw new ApplicationStartupException("it cannot start: " + root.getMessage(), root);
    }
  }

  private void greet(ApplicationContext context, EmbeddedServer server) {
    var took = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    // with TLS the server's port is that of TLS, whose certificate is not for localhost
    var url = "http://localhost:" + (tls == null ? server.getPort() : port);
    var out = System.out;
    out.println();
    out.printf("Tollgate is up after %d ms, from %s%n", took, directory);
    out.println("  " + url + "/            where things are");
    var state = context.getBean(LiveServing.class).current();
    var keys = context.getBean(FirstKeys.class).working(state);
    keys.forEach((tenant, key) -> out.printf("%n  %s's key: %s%n", tenant, key));
    keys.entrySet().stream()
        .limit(1)
        .forEach(key -> out.print(FirstCalls.of(url, key.getKey(), key.getValue(), state)));
    out.println();
    out.println(
        "Manifests are followed: edit a file in "
            + directory
            + " and it is served within a second.");
    out.flush();
  }

  /** Serves the training's manifests, does its work, and ends. */
  private void train() throws Exception {
    try (var training = new Training();
        var context = start(training.manifests(data), false)) {
      var keys = context.getBean(FirstKeys.class).all();
      var server = context.getBean(EmbeddedServer.class);
      training.run(server.getPort(), keys.values().iterator().next());
      if (cluster) {
        loadWhatClustersNeed();
      }
    }
  }

  /** Loads what a replica in a cluster needs, though there is none now. */
  private static void loadWhatClustersNeed() throws Exception {
    Class.forName("org.mariadb.jdbc.Driver");
    var nowhere = new ConfigBuilder(Config.empty()).withMasterUrl("http://127.0.0.1:1").build();
    var snapshot = Files.createTempFile("tollgate", ".yaml");
    var source =
        new ClusterSource(
            new KubernetesClientBuilder().withConfig(nowhere).build(), "default", snapshot);
    source.start(manifests -> manifests);
    Thread.sleep(CLUSTER_TRAINING_MILLIS);
    source.close();
    Files.delete(snapshot);
  }
}
