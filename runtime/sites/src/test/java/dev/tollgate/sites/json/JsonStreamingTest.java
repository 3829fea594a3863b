package dev.tollgate.sites.json;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 100 MB documents against a server with 48 MB of heap and 32 MB outside of it. */
@Timeout(60)
class JsonStreamingTest {
  private static final byte[] ELEMENT =
      ("{ \"id\" : 12345678, \"name\" : \"A name of some length\", \"tags\" : [ \"a\", \"b\" ],"
              + " \"price\" : 12.50 },\n")
          .getBytes(US_ASCII);

  private static final byte[] MINIFIED =
      "{\"id\":12345678,\"name\":\"A name of some length\",\"tags\":[\"a\",\"b\"],\"price\":12.50},"
          .getBytes(US_ASCII);

  private static final int ELEMENTS = 100_000_000 / ELEMENT.length;

  private static final long MINIFIED_SIZE =
      1 + (long) ELEMENTS * MINIFIED.length + "null]".length();

  private static Process process;
  private static int port;

  @BeforeAll
  static void startWithLittleMemory() throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx48m",
                "-XX:MaxDirectMemorySize=32m",
                "-Dio.netty.maxDirectMemory=33554432",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                SmallServer.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII));
    String line = lines.readLine();
    while (line != null && !line.startsWith("port ")) {
      line = lines.readLine();
    }
    assertThat(line).as("the server's first words").isNotNull();
    port = Integer.parseInt(line.substring("port ".length()));
    Thread.ofVirtual().start(() -> lines.lines().forEach(System.out::println));
  }

  @AfterAll
  static void stop() throws Exception {
    process.getOutputStream().close();
    process.waitFor();
  }

  @Test
  void validates100MegabytesInConstantMemory() throws Exception {
    assertThat(answerToValidate()).endsWith("{\"valid\":true}");
  }

  @Test
  void minifies100MegabytesWhileTheyArrive() throws Exception {
    assertThat(sizeOfMinified(0)).isEqualTo(MINIFIED_SIZE);
  }

  @Test
  void aReaderThatPausesHoldsTheSenderUpInsteadOfFillingMemory() throws Exception {
    assertThat(sizeOfMinified(2000)).isEqualTo(MINIFIED_SIZE);
  }

  private static long sizeOfMinified(long pauseMillis) throws Exception {
    long size = 0;
    try (var exchange = new Exchange("minify");
        var sender = Executors.newVirtualThreadPerTaskExecutor()) {
      var sent = sender.submit(() -> exchange.send(true));
      Thread.sleep(pauseMillis);
      assertThat(sent.isDone()).isFalse();
      var in = exchange.chunkedBody();
      byte[] chunk = new byte[65536];
      int count;
      while ((count = in.read(chunk)) >= 0) {
        size += count;
      }
      sent.get();
    }
    return size;
  }

  @Test
  void anErrorAtTheEndOf100MegabytesBreaksTheConnectionOff() throws Exception {
    try (var exchange = new Exchange("format");
        var sender = Executors.newVirtualThreadPerTaskExecutor()) {
      var sent = sender.submit(() -> exchange.send(false));
      var in = exchange.chunkedBody();
      byte[] chunk = new byte[65536];
      boolean broken = false;
      try {
        int count;
        do {
          count = in.read(chunk);
        } while (count >= 0);
      } catch (IOException e) {
        broken = true;
      }
      sent.get();
      assertThat(broken).isTrue();
    }
  }

  @Test
  void anErrorAtTheBeginningIsAnsweredThoughTheRestIsStillComing() throws Exception {
    try (var exchange = new Exchange("validate");
        var sender = Executors.newVirtualThreadPerTaskExecutor()) {
      sender.execute(() -> {
        try {
          exchange.out.write("x".getBytes(US_ASCII));
          exchange.send(true);
        } catch (IOException e) {
          // the server need not read what it has no use for
        }
      });
      var head = new BufferedReader(new InputStreamReader(exchange.in, US_ASCII));

      assertThat(head.readLine()).isEqualTo("HTTP/1.1 200 OK");
      exchange.socket.close();
    }
  }

  @Test
  void aSenderThatDisappearsDoesNotHoldAnythingUp() throws Exception {
    for (int i = 0; i < 20; i++) {
      try (var exchange = new Exchange("minify")) {
        exchange.out.write(("[" + "1,".repeat(100_000)).getBytes(US_ASCII));
        exchange.out.flush();
      }
    }

    assertThat(answerToValidate()).endsWith("{\"valid\":true}");
  }

  private static String answerToValidate() throws IOException {
    try (var exchange = new Exchange("validate")) {
      exchange.send(true);
      return new String(exchange.received(), US_ASCII);
    }
  }

  /** One request over a socket of its own, written and read at the same time as curl does. */
  private static final class Exchange implements AutoCloseable {
    final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    final OutputStream out = socket.getOutputStream();
    final BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), 65536);

    Exchange(String tool) throws IOException {
      long length = 1 + (long) ELEMENTS * ELEMENT.length + "null]".length();
      out.write(
          """
          POST /v1/tools/json/%s HTTP/1.1\r
          Host: localhost\r
          X-Tenant: acme\r
          Connection: close\r
          Content-Length: %d\r
          \r
          """
              .formatted(tool, length)
              .getBytes(US_ASCII));
    }

    boolean send(boolean valid) throws IOException {
      out.write('[');
      var block = new ByteArrayOutputStream();
      for (int i = 1; i <= ELEMENTS; i++) {
        block.writeBytes(ELEMENT);
        if (i % 500 == 0 || i == ELEMENTS) {
          block.writeTo(out);
          block.reset();
        }
      }
      out.write((valid ? "null]" : "null}").getBytes(US_ASCII));
      out.flush();
      return valid;
    }

    byte[] received() throws IOException {
      return in.readAllBytes();
    }

    /** The body of the answer; ends in an exception when the last chunk is missing. */
    InputStream chunkedBody() throws IOException {
      String line = line();
      assertThat(line).isEqualTo("HTTP/1.1 200 OK");
      while (!line.isEmpty()) {
        line = line();
      }
      return new Chunks(this);
    }

    String line() throws IOException {
      var text = new StringBuilder();
      int b;
      while ((b = in.read()) != '\n') {
        if (b < 0) {
          throw new IOException("the connection was broken off");
        }
        if (b != '\r') {
          text.append((char) b);
        }
      }
      return text.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static final class Chunks extends InputStream {
    private final Exchange exchange;
    private long left;
    private boolean ended;

    Chunks(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException("one byte at a time is too slow here");
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0 && !ended) {
        left = Long.parseLong(exchange.line(), 16);
        ended = left == 0;
      }
      if (ended) {
        return -1;
      }
      int count = exchange.in.read(bytes, offset, (int) Math.min(left, length));
      if (count < 0) {
        throw new IOException("the connection was broken off");
      }
      left -= count;
      if (left == 0) {
        exchange.line();
      }
      return count;
    }
  }
}
