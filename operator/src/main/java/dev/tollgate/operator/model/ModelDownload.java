package dev.tollgate.operator.model;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A file behind a URL that the platform gives. It passes through, to be hashed or handed to a
 * replica, and is never kept. A link-local address, where clouds have their metadata, is not
 * called, also not by a redirect.
 */
final class ModelDownload {

  private static final int REDIRECTS = 5;
  private static final Duration HEADERS = Duration.ofSeconds(30);

  private final HttpClient http;
  private final URI url;
  private final Consumer<String> progress;

  /**
   * @param http one that does not follow redirects
   */
  ModelDownload(HttpClient http, URI url, Consumer<String> progress) {
    this.http = http;
    this.url = url;
    this.progress = progress;
  }

  /** The SHA-256 of the file in hex, for which all of it is read. */
  String sha256() throws IOException, InterruptedException {
    try (var in = open("reading");
        var out = new DigestOutputStream(OutputStream.nullOutputStream(), digest())) {
      in.transferTo(out);
      return HexFormat.of().formatHex(out.getMessageDigest().digest());
    }
  }

  /** Opened when asked for, as a body of a request is. */
  InputStream body() {
    try {
      return open("copying");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }

  private InputStream open(String doing) throws IOException, InterruptedException {
    var at = url;
    for (int i = 0; i <= REDIRECTS; i++) {
      refuseMetadata(at);
      var request = HttpRequest.newBuilder(at).timeout(HEADERS).build();
      HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
      if (answer.statusCode() == 200) {
        var length = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
        return new Counted(answer.body(), length, doing, progress);
      }
      answer.body().close();
      var location = answer.headers().firstValue("Location").orElse(null);
      if (answer.statusCode() / 100 != 3 || location == null) {
        throw new IOException("it answers with status " + answer.statusCode());
      }
      at = followed(at, location);
    }
    throw new IOException("it redirects more than " + REDIRECTS + " times");
  }

  private static URI followed(URI from, String location) throws IOException {
    var to = from.resolve(location);
    var scheme = to.getScheme() == null ? "" : to.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !scheme.equals("http")) {
      throw new IOException("it redirects to something that is neither https nor http");
    }
    if (scheme.equals("http") && "https".equalsIgnoreCase(from.getScheme())) {
      throw new IOException("it redirects from https to http");
    }
    return to;
  }

  private static void refuseMetadata(URI at) throws IOException {
    for (var address : InetAddress.getAllByName(at.getHost())) {
      if (address.isLinkLocalAddress()) {
        throw new IOException(at.getHost() + " is at an address that may not be called");
      }
    }
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Tells how much has come, at most once in a megabyte. */
  private static final class Counted extends FilterInputStream {

    private static final long STEP = 1_000_000;
    private final long length;
    private final String doing;
    private final Consumer<String> progress;
    private long read;
    private long told;

    Counted(InputStream in, long length, String doing, Consumer<String> progress) {
      super(in);
      this.length = length;
      this.doing = doing;
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      var one = super.read();
      count(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte @Nullable [] bytes, int from, int most) throws IOException {
      var some = super.read(bytes, from, most);
      count(Math.max(some, 0));
      return some;
    }

    private void count(int more) {
      read += more;
      if (read - told >= STEP) {
        told = read;
        progress.accept(
            length > 0
                ? doing + " " + read * 100 / length + " % of " + Math.ceilDiv(length, STEP) + " MB"
                : doing + ", " + read / STEP + " MB so far");
      }
    }
  }
}
