package dev.tollgate.app.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tollgate.core.store.PrivateFiles;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The work of the run that makes the start-up cache: what a gateway does most, some thousand times,
 * so that the cache knows its classes and the compiler what to expect of them. The backends are
 * here too, for a machine that builds may reach no others.
 */
final class Training implements AutoCloseable {

  private static final int CONNECTIONS = 8;
  private static final int CALLS = 15_000;
  private static final int CHATS = 6_000;
  private static final int STREAMS = 3_000;
  private static final int TOKENS = 32;

  private static final String USAGE =
      "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":32,\"total_tokens\":44}";
  private static final String EVENT =
      "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",";
  private static final byte[] WHOLE =
      json(
          "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
              + "\"message\":{\"role\":\"assistant\",\"content\":\"hello\"},\"finish_reason\":\"stop\"}],"
              + USAGE
              + "}");
  private static final byte[] MODELS = json("{\"data\":[{\"id\":\"m\"}]}");
  private static final byte[] STREAM_HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
          .getBytes(US_ASCII);
  private static final byte[] TOKEN =
      event(
          EVENT
              + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" hi\"},\"finish_reason\":null}]}");
  private static final byte[] STREAM_END =
      join(
          event(EVENT + "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}"),
          event(EVENT + "\"choices\":[]," + USAGE + "}"),
          event("[DONE]"),
          "0\r\n\r\n".getBytes(US_ASCII));

  private final ServerSocket backend = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
  private final byte[] secret = new byte[32];

  Training() throws IOException {
    new SecureRandom().nextBytes(secret);
    Thread.ofVirtual().start(this::serve);
  }

  /** Writes the manifests to serve into a directory of their own, and returns it. */
  Path manifests(Path scratch) throws IOException {
    var directory = Files.createDirectories(scratch.resolve("manifests"));
    try (var text = Training.class.getResourceAsStream("/training/manifests.yaml")) {
      var manifests =
          new String(Objects.requireNonNull(text).readAllBytes(), UTF_8)
              .replace("UPSTREAM", "127.0.0.1:" + backend.getLocalPort())
              .replace("SECRET", Base64.getEncoder().encodeToString(secret));
      // a file with a Secret in it is refused when others may read it
      PrivateFiles.write(directory.resolve("training.yaml"), manifests);
    }
    return directory;
  }

  /**
   * Sends the calls, with a tenant's key and with a token; fails when one is not answered with 200.
   */
  void run(int port, String key) throws Exception {
    var token = token();
    for (var path : List.of("/", "/v1/usage", "/v1/keys", "/v1/models", "/openapi.yaml")) {
      send(port, 1, get(path, key));
    }
    send(port, 50, post("/v1/tools/json/format", key, "{\"hello\":[\"world\"]}"));
    var question = "\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
    send(port, CALLS, get("/api/small", token));
    send(port, CALLS / 3, get("/api/small", key));
    send(port, CHATS, post("/v1/chat/completions", token, "{" + question));
    send(port, STREAMS, post("/v1/chat/completions", token, "{\"stream\":true," + question));
  }

  private static byte[] get(String path, String credential) {
    return (head("GET", path, credential) + "\r\n").getBytes(US_ASCII);
  }

  private static byte[] post(String path, String credential, String body) {
    return (head("POST", path, credential)
            + "Content-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(US_ASCII);
  }

  private static String head(String method, String path, String credential) {
    return method
        + " "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + credential
        + "\r\n";
  }

  /** Sends a request again and again over a few connections. */
  private static void send(int port, int times, byte[] request) throws Exception {
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < Math.min(times, CONNECTIONS); i++) {
        tasks.add(() -> {
          call(port, Math.ceilDiv(times, CONNECTIONS), request);
          return null;
        });
      }
      for (var done : callers.invokeAll(tasks)) {
        done.get();
      }
    }
  }

  private static void call(int port, int times, byte[] request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      var in = new BufferedInputStream(socket.getInputStream());
      for (int i = 0; i < times; i++) {
        socket.getOutputStream().write(request);
        var head = head(in);
        if (!head.startsWith("HTTP/1.1 200")) {
          throw new IOException(new String(request, US_ASCII).lines().findFirst() + ": " + head);
        }
        var length = length(head);
        if (length >= 0) {
          in.skipNBytes(length);
        } else {
          skipChunks(in);
        }
      }
    }
  }

  private void serve() {
    try {
      while (true) {
        var socket = backend.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      }
    } catch (IOException e) {
      // closed: the training is over
    }
  }

  private static void answer(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      var in = new BufferedInputStream(socket.getInputStream());
      var out = socket.getOutputStream();
      while (true) {
        var head = head(in);
        var body = new String(in.readNBytes((int) Math.max(0, length(head))), US_ASCII);
        if (!body.contains("\"stream\":true")) {
          out.write(head.startsWith("GET /v1/models") ? MODELS : WHOLE);
          continue;
        }
        out.write(STREAM_HEAD);
        for (int i = 0; i < TOKENS; i++) {
          out.write(TOKEN);
        }
        out.write(STREAM_END);
      }
    } catch (IOException e) {
      // the gateway has closed its connection
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
      head.append(character(in));
    }
    return head.toString();
  }

  private static char character(InputStream in) throws IOException {
    var read = in.read();
    if (read < 0) {
      throw new EOFException();
    }
    return (char) read;
  }

  /** The length of the body that a head tells of, or -1. */
  private static long length(String head) {
    return head.lines()
        .map(line -> line.toLowerCase(Locale.ROOT))
        .filter(line -> line.startsWith("content-length:"))
        .mapToLong(line -> Long.parseLong(line.substring("content-length:".length()).strip()))
        .findFirst()
        .orElse(-1);
  }

  private static void skipChunks(InputStream in) throws IOException {
    int size;
    do {
      var line = new StringBuilder();
      while (line.indexOf("\r\n") < 0) {
        line.append(character(in));
      }
      size = Integer.parseInt(line.toString().strip(), 16);
      in.skipNBytes(size + 2L);
    } while (size > 0);
  }

  private String token() throws GeneralSecurityException {
    var now = System.currentTimeMillis() / 1000;
    var signed =
        base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(US_ASCII))
            + "."
            + base64(
                ("{\"iss\":\"https://issuer.training\",\"aud\":\"training\",\"sub\":\"caller\",\"iat\":"
                        + now
                        + ",\"exp\":"
                        + (now + 3600)
                        + "}")
                    .getBytes(US_ASCII));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    return signed + "." + base64(mac.doFinal(signed.getBytes(US_ASCII)));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] json(String body) {
    return ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(US_ASCII);
  }

  private static byte[] event(String data) {
    var event = "data: " + data + "\n\n";
    return (Integer.toHexString(event.length()) + "\r\n" + event + "\r\n").getBytes(US_ASCII);
  }

  private static byte[] join(byte[]... parts) {
    var all = new StringBuilder();
    for (var part : parts) {
      all.append(new String(part, US_ASCII));
    }
    return all.toString().getBytes(US_ASCII);
  }

  @Override
  public void close() throws IOException {
    backend.close();
  }
}
