import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends requests at a steady rate and times each from the moment it was due, so that a stall is
 * seen by every request that it delayed. Sends exactly RATE × SECONDS requests.
 *
 * <p>{@code java Pace.java HOST PORT PATH RATE SECONDS [AUTHORIZATION]} prints one line of JSON:
 * requests, errors, and p50, p90, p99 and p99.9 in microseconds, without the first second.
 */
final class Pace {

  private static final int CONNECTIONS = 8;

  private Pace() {}

  public static void main(String[] args) throws InterruptedException {
    var port = Integer.parseInt(args[1]);
    var rate = Integer.parseInt(args[3]);
    var each = rate * Integer.parseInt(args[4]) / CONNECTIONS;
    var request =
        ("GET " + args[2] + " HTTP/1.1\r\nHost: " + args[0] + "\r\n"
                + (args.length > 5 ? "Authorization: Bearer " + args[5] + "\r\n" : "")
                + "\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    var times = new long[CONNECTIONS][each];
    var errors = new AtomicInteger();
    var start = System.nanoTime() + 200_000_000L;
    var threads = new Thread[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++) {
      var index = i;
      threads[i] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try (var socket = new Socket(args[0], port)) {
                      socket.setTcpNoDelay(true);
                      send(socket, request, times[index], start, index, rate, errors);
                    } catch (IOException e) {
                      errors.addAndGet(each);
                      System.err.println(e);
                    }
                  });
    }
    for (var thread : threads) {
      thread.join();
    }
    var skip = Math.min(rate / CONNECTIONS, each / 2);
    var all =
        Arrays.stream(times).flatMapToLong(t -> Arrays.stream(t, skip, each)).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "{\"requests\":%d,\"errors\":%d,\"p50\":%.0f,\"p90\":%.0f,\"p99\":%.0f,\"p999\":%.0f}%n",
        (long) each * CONNECTIONS,
        errors.get(),
        at(all, 0.5),
        at(all, 0.9),
        at(all, 0.99),
        at(all, 0.999));
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1000.0;
  }

  private static void send(
      Socket socket, byte[] request, long[] times, long start, int index, int rate, AtomicInteger errors)
      throws IOException {
    var in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    var out = socket.getOutputStream();
    for (int i = 0; i < times.length; i++) {
      var due = start + ((long) i * CONNECTIONS + index) * 1_000_000_000L / rate;
      for (long wait; (wait = due - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(wait);
      }
      out.write(request);
      if (read(in) != 200) {
        errors.incrementAndGet();
      }
      times[i] = System.nanoTime() - due;
    }
  }

  /** Reads one answer with a content length; returns its status. */
  private static int read(InputStream in) throws IOException {
    var status = Integer.parseInt(line(in).split(" ", 3)[1]);
    var length = 0;
    for (String line; !(line = line(in)).isEmpty(); ) {
      if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
        length = Integer.parseInt(line.substring(15).strip());
      }
    }
    in.skipNBytes(length);
    return status;
  }

  private static String line(InputStream in) throws IOException {
    var text = new StringBuilder(64);
    for (int c; (c = in.read()) != '\n'; ) {
      if (c < 0) {
        throw new IOException("the connection was closed in the middle of an answer");
      }
      if (c != '\r') {
        text.append((char) c);
      }
    }
    return text.toString();
  }
}
