package dev.tollgate.gateway.proxy;

import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.gateway.admission.Admission;
import dev.tollgate.gateway.admission.ResponseHeaders;
import dev.tollgate.gateway.backend.OnwardRequest;
import dev.tollgate.gateway.body.Cutoff;
import dev.tollgate.gateway.body.RawBody;
import dev.tollgate.gateway.caller.Trailers;
import dev.tollgate.gateway.http.Headers;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpVersion;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.body.CloseableAvailableByteBody;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A backend's answer on its way to the caller, counted, and kept by the cache where it may be. The
 * admission ends with it, and the place at the backend is free.
 */
final class Answer {

  private final NettyHttpRequest<?> request;
  private final Admission admission;
  private final @Nullable CacheStep cache;
  private final Permit permit;
  private final OnwardRequest onward;

  Answer(
      NettyHttpRequest<?> request,
      Admission admission,
      @Nullable CacheStep cache,
      Permit permit,
      OnwardRequest onward) {
    this.request = request;
    this.admission = admission;
    this.cache = cache;
    this.permit = permit;
    this.onward = onward;
  }

  /**
   * @param idle how long the caller may read nothing of it
   */
  HttpResponse<?> passOn(ByteBodyHttpResponse<?> response, Duration idle) {
    var status = response.code();
    var head = head(response);
    var body = response.byteBody().move();
    var keep = cache == null ? null : cache.keep(status, head);
    var ended = onward.trailers() != null;
    if (request.getMethodName().equals("HEAD")) {
      body.close();
      permit.close();
      admission.end(Outcome.COMPLETE, status);
      return head;
    }
    if (body instanceof CloseableAvailableByteBody whole
        && !(ended && Trailers.mayFollow(request))) {
      sent(whole, status, ended ? null : keep);
      return RawBody.attach(head, whole);
    }
    if (ended) {
      // on HTTP/1.1 they follow chunks alone
      head.getHeaders().remove("Content-Length");
    }
    return RawBody.attach(head, streamed(body, status, keep, idle));
  }

  private MutableHttpResponse<?> head(HttpResponse<?> response) {
    MutableHttpResponse<?> head = HttpResponse.status(response.code(), response.reason());
    Headers.toClient(response, head);
    return ResponseHeaders.add(head, admission);
  }

  private void sent(CloseableAvailableByteBody whole, int status, CacheStep.@Nullable Keep keep) {
    permit.close();
    admission.sent(whole.length());
    if (keep != null) {
      try (var copy = whole.split()) {
        keep.all(copy.toByteArray());
      }
    }
    admission.end(Outcome.COMPLETE, status);
  }

  private CloseableByteBody streamed(
      CloseableByteBody body, int status, CacheStep.@Nullable Keep keep, Duration idle) {
    var length = onward.trailers() == null ? body.expectedLength() : OptionalLong.empty();
    Runnable ended =
        () -> {
          permit.close();
          admission.end(Outcome.PARTIAL, status);
        };
    Flux<ReadBuffer> stream =
        Flux.from(body.toReadBufferPublisher())
            .doOnNext(b -> {
              admission.sent(b.readable());
              if (keep != null) {
                keep.part(b);
              }
            })
            .doOnComplete(() -> {
              if (keep != null && onward.trailers() == null) {
                keep.done();
              }
              if (http2()) {
                follow();
              }
              admission.end(Outcome.COMPLETE, status);
            })
            .doOnError(e -> admission.end(Outcome.FAILED, status))
            .doOnCancel(onward::breakOff)
            .doFinally(signal -> ended.run());
    var cutoff =
        new Cutoff(
            request,
            idle,
            () -> {
              onward.breakOff();
              ended.run();
            });
    admission.streams(length.isEmpty(), cutoff::cut);
    return request.byteBodyFactory().adapt(withTrailers(cutoff.watch(stream)), length);
  }

  /**
   * The same stream, which has its trailers follow on HTTP/1.1 where its caller reads them: not at
   * its end, which may come while earlier answers are written, but when more is asked for.
   */
  private Flux<ReadBuffer> withTrailers(Flux<ReadBuffer> stream) {
    return http2() || !Trailers.mayFollow(request)
        ? stream
        : stream.concatWith(
            Mono.fromSupplier(() -> {
              follow();
              return request.byteBodyFactory().readBufferFactory().createEmpty();
            }));
  }

  private boolean http2() {
    return request.getHttpVersion() == HttpVersion.HTTP_2_0;
  }

  private void follow() {
    var trailers = onward.trailers();
    if (trailers != null) {
      Trailers.follow(request, trailers);
    }
  }
}
