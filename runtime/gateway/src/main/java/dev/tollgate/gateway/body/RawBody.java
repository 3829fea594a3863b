package dev.tollgate.gateway.body;

import io.micronaut.core.type.Argument;
import io.micronaut.core.type.MutableHeaders;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.ByteBodyHttpResponseWrapper;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.body.ByteBodyFactory;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.body.ResponseBodyWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * Hands the bytes of a backend's answer to the server as they are. Micronaut copies a response that
 * a filter returns, and keeps its body only where it is an object with a writer; this is that
 * writer.
 */
public final class RawBody implements ResponseBodyWriter<CloseableByteBody> {

  private static final RawBody WRITER = new RawBody();

  private RawBody() {}

  /** The answer with this body; the body is closed when it has been sent. */
  public static HttpResponse<?> attach(MutableHttpResponse<?> head, CloseableByteBody body) {
    var response = head.body(body);
    response.bodyWriter(WRITER);
    return response;
  }

  /** Says nothing of the type where the backend does not. */
  @Override
  public ByteBodyHttpResponse<?> write(
      ByteBodyFactory factory,
      HttpRequest<?> request,
      MutableHttpResponse<CloseableByteBody> response,
      Argument<CloseableByteBody> type,
      MediaType mediaType,
      CloseableByteBody body) {
    return ByteBodyHttpResponseWrapper.wrap(response, body);
  }

  @Override
  public CloseableByteBody writePiece(
      ByteBodyFactory factory,
      HttpRequest<?> request,
      HttpResponse<?> response,
      Argument<CloseableByteBody> type,
      MediaType mediaType,
      CloseableByteBody body) {
    return body;
  }

  @Override
  public void writeTo(
      Argument<CloseableByteBody> type,
      MediaType mediaType,
      CloseableByteBody body,
      MutableHeaders headers,
      OutputStream out) {
    try (body;
        var in = body.toInputStream()) {
      in.transferTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
