package dev.tollgate.gateway.entry;

import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.gateway.admission.Admission;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.core.type.Argument;
import io.micronaut.core.type.MutableHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.body.AvailableByteBody;
import io.micronaut.http.body.ByteBodyFactory;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.body.MessageBodyHandlerRegistry;
import io.micronaut.http.body.ResponseBodyWriter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Counts the bytes of a built-in product's answer, and ends its admission with the last of them.
 * Stands in for the writer that Micronaut would have chosen, and asks that one to do the work.
 */
final class CountedBody implements ResponseBodyWriter<Object> {

  private final Admission admission;
  private final Future<Void> callerGone;
  private final ResponseBodyWriter<Object> writer;
  private final Argument<Object> type;

  private CountedBody(
      Admission admission,
      Future<Void> callerGone,
      ResponseBodyWriter<Object> writer,
      Argument<Object> type) {
    this.admission = admission;
    this.callerGone = callerGone;
    this.writer = writer;
    this.type = type;
  }

  /** Attaches it, or ends the admission at once where there is no body to count. */
  static void attach(
      MutableHttpResponse<?> response,
      Admission admission,
      Future<Void> callerGone,
      MessageBodyHandlerRegistry registry) {
    var body = response.body();
    var type = body == null ? null : type(body);
    var writer = type == null ? null : writer(response, type, registry);
    if (type == null || writer == null) {
      admission.end(outcome(response), response.code());
      return;
    }
    @SuppressWarnings("unchecked")
    var open = (MutableHttpResponse<Object>) response;
    open.bodyWriter(new CountedBody(admission, callerGone, writer, type));
  }

  /** A stream is written as a stream, whatever its class. */
  @SuppressWarnings("unchecked")
  private static Argument<Object> type(Object body) {
    return (Argument<Object>)
        (Argument<?>)
            Argument.of(body instanceof InputStream ? InputStream.class : body.getClass());
  }

  @SuppressWarnings("unchecked")
  private static @Nullable ResponseBodyWriter<Object> writer(
      HttpResponse<?> response, Argument<Object> type, MessageBodyHandlerRegistry registry) {
    var chosen = ((HttpResponse<Object>) response).getBodyWriter().orElse(null);
    if (chosen == null) {
      var media = response.getContentType().orElse(MediaType.APPLICATION_JSON_TYPE);
      var found = registry.findWriter(type, List.of(media)).orElse(null);
      chosen = found == null ? null : found.createSpecific(type);
    }
    return chosen == null ? null : ResponseBodyWriter.wrap(chosen);
  }

  private static Outcome outcome(HttpResponse<?> response) {
    return response.code() < 500 ? Outcome.COMPLETE : Outcome.FAILED;
  }

  @Override
  public CloseableByteBody writePiece(
      ByteBodyFactory factory,
      HttpRequest<?> request,
      HttpResponse<?> response,
      Argument<Object> declared,
      MediaType mediaType,
      Object body) {
    CloseableByteBody written;
    try {
      written = writer.writePiece(factory, request, response, type, mediaType, body);
    } catch (RuntimeException e) {
      admission.end(Outcome.FAILED, 500);
      throw e;
    }
    if (written instanceof AvailableByteBody whole) {
      admission.sent(whole.length());
      admission.end(outcome(response), response.code());
      return written;
    }
    admission.streams();
    var length = written.expectedLength();
    // a caller who has gone before the answer began is not sent it: then nothing asks for the body
    var begun = new AtomicBoolean();
    FutureListener<Void> gone =
        closed -> {
          if (begun.compareAndSet(false, true)) {
            written.close();
            admission.end(Outcome.PARTIAL, response.code());
          }
        };
    Flux<ReadBuffer> stream =
        Flux.defer(() -> {
          var _ = callerGone.removeListener(gone);
          return begun.compareAndSet(false, true) ? counted(written, response) : Flux.empty();
        });
    var _ = callerGone.addListener(gone);
    return factory.adapt(stream, length);
  }

  private Flux<ReadBuffer> counted(CloseableByteBody written, HttpResponse<?> response) {
    return Flux.from(written.toReadBufferPublisher())
        .doOnNext(b -> admission.sent(b.readable()))
        .doOnComplete(() -> admission.end(outcome(response), response.code()))
        .doOnError(e -> admission.end(Outcome.FAILED, response.code()))
        .doFinally(signal -> admission.end(Outcome.PARTIAL, response.code()));
  }

  @Override
  public void writeTo(
      Argument<Object> declared,
      MediaType mediaType,
      Object body,
      MutableHeaders headers,
      OutputStream out) {
    writer.writeTo(type, mediaType, body, headers, out);
  }
}
