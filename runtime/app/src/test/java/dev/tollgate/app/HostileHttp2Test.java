package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** HTTP/2 as no client library sends it, frame by frame. */
class HostileHttp2Test extends RawRequests {

  private static final String HTTP2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "");

  /** As bytes of UTF-8, and of Latin-1. */
  @Test
  void bytesOfATargetThatAreNotAsciiAreEscapedOneByOne() throws IOException {
    var target = "/caf\u00c3\u00a9/\u00e9?a=\u00c3\u00a9";
    assertThat(code(raw(head("GET /open" + target + " HTTP/1.1")))).isEqualTo(200);
    raw(HTTP2 + request(1, "\u0082", "\u0086", path("/open" + target)));
    assertThat(seen).hasSize(2).containsOnly("GET /caf%C3%A9/%E9?a=%C3%A9");
  }

  /** In HTTP/2 a value may hold what ends a line in HTTP/1.1. */
  @Test
  void aLineEndInAHeaderOfHttp2DoesNotSmuggleARequest() throws Exception {
    raw(http2("x-a", "b"));
    assertThat(seen).containsExactly("GET /x");
    raw(http2("x-a", "b\r\n\r\nGET /open/smuggled HTTP/1.1\r\nHost: b\r\n"));
    raw(http2("x-a\r\nx-b", "b"));
    assertThat(seen).containsExactly("GET /x");
    nothingIsLeft();
  }

  /** A connection's begin and one request. */
  private String http2(String name, String value) {
    return HTTP2 + frame(1, 5, 1, fields("\u0082", name, value));
  }

  /** Headers, neither indexed nor compressed but for the method. */
  private String fields(String method, String name, String value) {
    return method
        + "\u0086"
        + ("\4" + sized("/open/x"))
        + ("\1" + sized("localhost"))
        + ("\0" + sized("authorization") + sized("Bearer " + runtime.key("acme")))
        + ("\0" + sized(name) + sized(value));
  }

  /** One with such pseudo headers, and an end. */
  private String request(int stream, String... pseudo) {
    return frame(
        1,
        5,
        stream,
        String.join("", pseudo)
            + ("\1" + sized("localhost"))
            + ("\0" + sized("authorization") + sized("Bearer " + runtime.key("acme"))));
  }

  private static String path(String path) {
    return "\4" + sized(path);
  }

  /** The other requests of the connection are served. */
  @Test
  void aMalformedRequestOfHttp2EndsItsStreamAlone() throws Exception {
    var path = path("/open/x");
    var malformed =
        List.of(
            request(1, "\u0082", "\u0086"),
            request(3, "\u0086", path),
            request(5, "\u0082", path),
            request(7, "\u0082", "\u0086", path("")),
            request(9, "\u0082", "\u0086", path("open/x")),
            request(11, "\u0082", "\u0086", path("/open/ x")),
            request(13, "\u0082", "\u0086", path, path("/open/y")),
            request(15, "\2" + sized("G T"), "\u0086", path),
            request(17, "\u0082", "\u0086", path, "\0" + sized(":other") + sized("x")));
    var answer = new ByteArrayOutputStream();
    try (var socket = new Socket("localhost", runtime.port)) {
      socket.setSoTimeout(2000);
      var sent =
          HTTP2 + String.join("", malformed) + request(19, "\u0082", "\u0086", path("/open/z"));
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
      assertThatThrownBy(() -> socket.getInputStream().transferTo(answer))
          .as("it stays open")
          .isInstanceOf(SocketTimeoutException.class);
    }
    assertThat(seen).containsExactly("GET /z");
    for (int stream = 1; stream < 19; stream += 2) {
      assertThat(answer.toString(StandardCharsets.ISO_8859_1))
          .as("stream " + stream)
          .contains(frame(3, 0, stream, "\0\0\0\1"));
    }
    nothingIsLeft();
  }

  private static String frame(int type, int flags, int stream, String payload) {
    return "\0"
        + ((char) (payload.length() >> 8) + "" + (char) (payload.length() & 0xff))
        + ((char) type + "" + (char) flags)
        + ("\0\0" + (char) (stream >> 8) + (char) (stream & 0xff))
        + payload;
  }

  /** Waits for the answer of a ping: what was sent before it has been read by then. */
  private static void pinged(Socket socket) throws IOException {
    var in = new DataInputStream(socket.getInputStream());
    while (true) {
      int lengthAndType = in.readInt();
      int flags = in.readByte();
      in.readInt();
      in.skipNBytes(lengthAndType >>> 8);
      if ((lengthAndType & 0xff) == 6 && flags == 1) {
        return;
      }
    }
  }

  private static String sized(String text) {
    return (char) text.length() + text;
  }

  /** They are not passed on, and the body is at its end with them. */
  @Test
  void trailersOfHttp2EndARequest() throws Exception {
    raw(
        HTTP2
            + frame(1, 4, 1, fields("\u0083", "x-a", "b"))
            + frame(0, 0, 1, "abc")
            + frame(1, 5, 1, "\0" + sized("x-sum") + sized("1")));
    assertThat(seen).containsExactly("POST /x");
    nothingIsLeft();
  }

  /** Many that are given up before there is a connection leave room for those that are not. */
  @Test
  void requestsThatAreGivenUpAtOnceTakeNoConnectionsFromOthers() throws Exception {
    var resets = new StringBuilder(HTTP2);
    for (int stream = 1; stream < 300; stream += 2) {
      resets
          .append(frame(1, 5, stream, fields("\u0082", "x-a", "b")))
          .append(frame(3, 0, stream, "\0\0\0\10"));
    }
    resets.append(frame(6, 0, 0, "all read"));
    try (var socket = new Socket("localhost", runtime.port)) {
      socket.getOutputStream().write(resets.toString().getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      pinged(socket);
      nothingIsLeft();
      for (int i = 0; i < 8; i++) {
        assertThat(code(raw(head("GET /open/y HTTP/1.1")))).isEqualTo(200);
      }
    }
  }
}
