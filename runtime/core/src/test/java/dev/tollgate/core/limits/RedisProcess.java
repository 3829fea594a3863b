package dev.tollgate.core.limits;

import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import redis.embedded.core.ExecutableProvider;

/** A real redis-server on loopback that can be killed with -9 and started again. */
public final class RedisProcess implements AutoCloseable {
  final int port;
  private final File executable;
  private final String[] options;
  private final Path directory;
  private Process process;

  /**
   * @param options of redis-server
   */
  public RedisProcess(String... options) throws IOException, InterruptedException {
    this.options = options;
    this.directory = Files.createTempDirectory("redis");
    this.executable = ExecutableProvider.newJarResourceProvider().get();
    int free;
    do {
      try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        free = any.getLocalPort();
      }
    } while (free >= 55_536); // a node of a cluster listens 10,000 higher too
    this.port = free;
    this.process = launch();
  }

  public String url() {
    return "redis://127.0.0.1:" + port + "/0";
  }

  public void start() throws IOException, InterruptedException {
    process = launch();
  }

  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Sends one command and returns its reply, a text. */
  public String ask(String... command) {
    RedisClient client = RedisClient.create(url());
    try (var connection = client.connect()) {
      CommandArgs<String, String> args = new CommandArgs<>(StringCodec.UTF8);
      for (int i = 1; i < command.length; i++) {
        args.add(command[i]);
      }
      return connection
          .sync()
          .dispatch(CommandType.valueOf(command[0]), new StatusOutput<>(StringCodec.UTF8), args);
    } finally {
      client.shutdown();
    }
  }

  private Process launch() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    Collections.addAll(
        command,
        executable.getPath(),
        "--port",
        Integer.toString(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no");
    Collections.addAll(command, options);
    Process started =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    long end = System.nanoTime() + 10_000_000_000L;
    while (System.nanoTime() < end && started.isAlive()) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
        return started;
      } catch (IOException e) {
        Thread.sleep(10);
      }
    }
    started.destroyForcibly();
    throw new IOException("redis-server did not listen on port " + port + " within 10 s");
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
