package dev.tollgate.gateway.caller;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.HttpConversionUtil;

/**
 * The trailers of answers on one connection of a caller who speaks HTTP/2. The server ends each
 * body with an empty frame; where trailers are to follow, they take its place, behind what waits
 * for the caller to read. Runs on the connection's event loop.
 */
final class Http2Trailers implements Http2RemoteFlowController {

  private final Http2ConnectionHandler handler;
  private final Http2RemoteFlowController frames;
  private final Http2Connection.PropertyKey key;

  private Http2Trailers(Http2ConnectionHandler handler, Http2RemoteFlowController frames) {
    this.handler = handler;
    this.frames = frames;
    this.key = handler.connection().newKey();
  }

  /** Those of a connection, which are added to it with the first of them. */
  static Http2Trailers of(Http2ConnectionHandler handler) {
    var remote = handler.connection().remote();
    if (remote.flowController() instanceof Http2Trailers there) {
      return there;
    }
    var trailers = new Http2Trailers(handler, remote.flowController());
    remote.flowController(trailers);
    return trailers;
  }

  /** Has a body end with them. */
  void follow(Http2Stream stream, HttpHeaders trailers) {
    stream.setProperty(key, trailers);
  }

  @Override
  public void addFlowControlled(Http2Stream stream, FlowControlled frame) {
    HttpHeaders trailers = frame.size() == 0 ? stream.removeProperty(key) : null;
    if (trailers == null) {
      frames.addFlowControlled(stream, frame);
    } else {
      var context = channelHandlerContext();
      var fields = HttpConversionUtil.toHttp2Headers(trailers, true);
      var _ =
          handler
              .encoder()
              .writeHeaders(context, stream.id(), fields, 0, true, context.newPromise());
    }
  }

  @Override
  public ChannelHandlerContext channelHandlerContext() {
    return frames.channelHandlerContext();
  }

  @Override
  public void channelHandlerContext(ChannelHandlerContext context) throws Http2Exception {
    frames.channelHandlerContext(context);
  }

  @Override
  public boolean hasFlowControlled(Http2Stream stream) {
    return frames.hasFlowControlled(stream);
  }

  @Override
  public void writePendingBytes() throws Http2Exception {
    frames.writePendingBytes();
  }

  @Override
  public void listener(Listener listener) {
    frames.listener(listener);
  }

  @Override
  public boolean isWritable(Http2Stream stream) {
    return frames.isWritable(stream);
  }

  @Override
  public void channelWritabilityChanged() throws Http2Exception {
    frames.channelWritabilityChanged();
  }

  @Override
  public void updateDependencyTree(int child, int parent, short weight, boolean exclusive) {
    frames.updateDependencyTree(child, parent, weight, exclusive);
  }

  @Override
  public void initialWindowSize(int size) throws Http2Exception {
    frames.initialWindowSize(size);
  }

  @Override
  public int initialWindowSize() {
    return frames.initialWindowSize();
  }

  @Override
  public int windowSize(Http2Stream stream) {
    return frames.windowSize(stream);
  }

  @Override
  public void incrementWindowSize(Http2Stream stream, int delta) throws Http2Exception {
    frames.incrementWindowSize(stream, delta);
  }
}
