package dev.tollgate.operator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An operator in a process of its own, with the JVM's settings that its image has. */
final class OperatorProcess implements AutoCloseable {

  private final Process process;
  private final Path log;

  /** One that is alone. */
  OperatorProcess(Platform platform, int replicaPort, Path log)
      throws IOException, InterruptedException {
    this(platform, replicaPort, log, Platform.ALONE);
  }

  /**
   * @param log where its output goes
   * @param instance its name; one that is not {@link Platform#ALONE} is to be elected
   */
  OperatorProcess(Platform platform, int replicaPort, Path log, String instance)
      throws IOException, InterruptedException {
    this.log = log;
    var recording = System.getProperty("operator.recording");
    var builder =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                    recording == null
                        ? "-XX:-FlightRecorder"
                        : "-XX:StartFlightRecording=dumponexit=true,settings=profile,filename="
                            + recording,
                    "-XX:+UseSerialGC",
                    "-Xmx123m",
                    "-XX:MaxNewSize=24m",
                    "-XX:+UseStringDeduplication",
                    "-XX:+UseCompactObjectHeaders",
                    "-XX:+ExitOnOutOfMemoryError",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    System.getProperty("java.class.path"),
                    OperatorProcess.class.getName(),
                    Platform.url(),
                    platform.namespace(),
                    Integer.toString(replicaPort),
                    instance))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    process = builder.start();
  }

  /** Kilobytes of memory that it holds. */
  long residentKilobytes() throws IOException {
    for (var line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D+", ""));
      }
    }
    throw new IOException("the operator has ended");
  }

  /** Whether a text is in its output. */
  boolean said(String text) {
    try {
      return Files.readString(log).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Processor time that it has used. */
  Duration processorTime() {
    return process.info().totalCpuDuration().orElseThrow();
  }

  @Override
  public void close() throws InterruptedException {
    stop();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }

  /** Asks it to end, as the kubelet does. */
  void stop() {
    process.destroy();
  }

  boolean isRunning() {
    return process.isAlive();
  }

  /** As {@code -9} does it. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Arguments: the API server's address, the namespace, the management port, the instance. */
  public static void main(String[] args) throws IOException, InterruptedException {
    var client = Platform.asOperator(Platform.config(args[0]));
    Operator.run(client, Platform.settings(args[1], Integer.parseInt(args[2]), args[3]));
  }
}
