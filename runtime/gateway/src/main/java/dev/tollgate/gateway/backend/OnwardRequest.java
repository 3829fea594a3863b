package dev.tollgate.gateway.backend;

import dev.tollgate.gateway.http.Caller;
import dev.tollgate.gateway.http.Headers;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.core.convert.value.MutableConvertibleValues;
import io.micronaut.core.convert.value.MutableConvertibleValuesMap;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpParameters;
import io.micronaut.http.MutableHttpRequest;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.Cookies;
import io.micronaut.http.netty.NettyHttpHeaders;
import io.micronaut.http.netty.NettyHttpRequestBuilder;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request to a backend. The client's own kind reads the address three more times before it goes
 * out, which is much of what passing on a small request costs. The body is given to the client
 * beside it.
 */
public final class OnwardRequest implements MutableHttpRequest<Object>, NettyHttpRequestBuilder {

  private final HttpMethod method;
  private final String methodName;
  private final Outgoing outgoing = new Outgoing();
  private final NettyHttpHeaders headers =
      new NettyHttpHeaders(new Outgoing.Headers(outgoing), ConversionService.SHARED);
  private final MutableConvertibleValues<Object> attributes = new MutableConvertibleValuesMap<>();
  private URI target;

  /**
   * @param methodName of the method as it was sent, also when it is one of its own
   */
  public OnwardRequest(HttpMethod method, String methodName, URI target) {
    this.method = method;
    this.methodName = methodName;
    this.target = target;
  }

  /** As it was received, with those of its headers that pass the gate. */
  public static OnwardRequest passing(NettyHttpRequest<?> request, Caller caller, URI target) {
    var onward = new OnwardRequest(request.getMethod(), request.getMethodName(), target);
    Headers.toBackend(request, caller, onward.headers);
    return onward;
  }

  /** Whose request it is, if there is one that it passes on. */
  public void of(NettyHttpRequest<?> request) {
    outgoing.of(request);
  }

  /** The event loop of whose request it is; null where that is nobody's. */
  @Nullable EventLoop loop() {
    return outgoing.loop();
  }

  /** Whether it went out on a connection that had been kept open after another request. */
  public boolean onKeptConnection() {
    return outgoing.onKeptConnection();
  }

  /** Which connections it may go out on, where they are to know. */
  void on(SharedConnections.Loop connections) {
    outgoing.on(connections);
  }

  /** The trailers of the answer that may be passed on, once its body has ended with some. */
  public @Nullable HttpHeaders trailers() {
    return outgoing.trailers();
  }

  /** The same headers as Netty has them. */
  public HttpHeaders nettyHeaders() {
    return headers.getNettyHeaders();
  }

  /**
   * Ends it where it is under way: nobody reads the answer any more.
   *
   * @return whether it had gone out; else it will not any more
   */
  public boolean breakOff() {
    return outgoing.breakOff();
  }

  @Override
  public io.netty.handler.codec.http.HttpRequest toHttpRequestWithoutBody() {
    return new DefaultHttpRequest(
        HttpVersion.HTTP_1_1,
        io.netty.handler.codec.http.HttpMethod.valueOf(methodName),
        target.getRawPath(),
        nettyHeaders());
  }

  @Override
  public HttpMethod getMethod() {
    return method;
  }

  @Override
  public String getMethodName() {
    return methodName;
  }

  @Override
  public URI getUri() {
    return target;
  }

  @Override
  public MutableHttpRequest<Object> uri(URI uri) {
    target = uri;
    return this;
  }

  @Override
  public MutableHttpHeaders getHeaders() {
    return headers;
  }

  @Override
  public MutableConvertibleValues<Object> getAttributes() {
    return attributes;
  }

  @Override
  public Optional<Object> getBody() {
    return Optional.empty();
  }

  @Override
  public <T> MutableHttpRequest<T> body(T body) {
    throw new UnsupportedOperationException("the body is given to the client beside the request");
  }

  @Override
  public MutableHttpParameters getParameters() {
    return HttpRequest.create(method, target.toString(), methodName).getParameters();
  }

  @Override
  public Cookies getCookies() {
    return HttpRequest.create(method, target.toString(), methodName).getCookies();
  }

  @Override
  public MutableHttpRequest<Object> cookie(Cookie cookie) {
    throw new UnsupportedOperationException("cookies are headers here");
  }

  @Override
  public void setConversionService(ConversionService conversionService) {
    // nothing is converted
  }
}
