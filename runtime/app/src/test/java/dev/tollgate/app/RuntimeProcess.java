package dev.tollgate.app;

import dev.tollgate.core.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** A whole runtime in a process of its own, as {@code tollgate up} starts it, to be killed. */
final class RuntimeProcess implements AutoCloseable {

  private static final long START_NANOS = 120_000_000_000L;

  final int port;
  private final int managementPort;
  private final Path data;
  private final Path manifests;
  private final Path log;
  private Process process;

  RuntimeProcess(Path data, Path manifests, Path log) throws IOException, InterruptedException {
    this.data = data;
    this.manifests = manifests;
    this.log = log;
    port = FreePort.find();
    managementPort = FreePort.find();
    process = launch();
  }

  /** A tenant's first key, once it is made. */
  String key(String tenant) throws IOException, InterruptedException {
    var file = data.resolve("keys").resolve(tenant);
    for (var end = System.nanoTime() + START_NANOS; System.nanoTime() < end; Thread.sleep(20)) {
      if (Files.exists(file) && Files.size(file) > 0) {
        return Files.readString(file).strip();
      }
    }
    throw new IOException("no key of tenant " + tenant + "; see " + log);
  }

  /** With -9: nothing in it gets to say a last word. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Starts it anew and waits until it takes calls. */
  void start() throws IOException, InterruptedException {
    process = launch();
  }

  private Process launch() throws IOException, InterruptedException {
    var started =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // it lives for seconds
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Tollgate.class.getName(),
                "up",
                manifests.toString(),
                "--data",
                data.toString(),
                "--port",
                Integer.toString(port),
                "--management-port",
                Integer.toString(managementPort))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    for (var end = System.nanoTime() + START_NANOS;
        System.nanoTime() < end && started.isAlive(); ) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
        return started;
      } catch (IOException notYet) {
        Thread.sleep(20);
      }
    }
    started.destroyForcibly();
    throw new IOException("the runtime did not start; it said:\n" + Files.readString(log));
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
