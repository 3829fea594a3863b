package dev.tollgate.gateway.http;

import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;

/** How much may be under way to this end of an HTTP/2 connection (RFC 9113, 6.9). */
public final class Http2Window {

  /** Requests that share a connection at most; most servers allow as many. */
  public static final int STREAMS = 100;

  /** Bytes of one stream that may come before they are read. */
  private static final int OF_STREAM = 65_535;

  private Http2Window() {}

  /** Lets every stream fill its own window: one that is not read would hold the others up. */
  public static void widen(Http2Connection connection) {
    var flow = connection.local().flowController();
    var whole = connection.connectionStream();
    var missing = STREAMS * OF_STREAM - flow.windowSize(whole);
    if (missing > 0) {
      try {
        flow.incrementWindowSize(whole, missing);
      } catch (Http2Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
