package dev.tollgate.gateway;

import dev.tollgate.core.limits.FairQueue.Permit;
import dev.tollgate.core.metering.UsageLog.Outcome;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.body.CloseableAvailableByteBody;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

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
    if (request.getMethodName().equals("HEAD")) {
      body.close();
      permit.close();
      admission.end(Outcome.COMPLETE, status);
      return head;
    }
    if (body instanceof CloseableAvailableByteBody whole) {
      sent(whole, status, keep);
      return RawBody.attach(head, whole);
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
    var length = body.expectedLength();
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
              if (keep != null) {
                keep.done();
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
    return request.byteBodyFactory().adapt(cutoff.watch(stream), length);
  }
}
