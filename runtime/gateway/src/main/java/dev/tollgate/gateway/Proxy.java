package dev.tollgate.gateway;

import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.Secrets;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.body.AvailableByteBody;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.client.exceptions.ReadTimeoutException;
import io.micronaut.http.client.exceptions.ResponseClosedException;
import io.netty.channel.ConnectTimeoutException;
import jakarta.inject.Singleton;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sends an admitted request to a backend and streams the answer back, with back-pressure in both
 * directions. Whatever happens, the admission ends exactly once.
 */
@Singleton
final class Proxy {

  private static final Set<String> REPEATABLE =
      Set.of("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE");

  private final Backends backends;
  private final Secrets secrets;

  Proxy(Backends backends, Secrets secrets) {
    this.backends = backends;
    this.secrets = secrets;
  }

  CompletionStage<HttpResponse<?>> forward(HttpRequest<?> request, Admission admission) {
    return new Call(request, admission).start();
  }

  /** One request on its way, over one or more tries. */
  private final class Call {
    private final HttpRequest<?> request;
    private final Admission admission;
    private final LongAdder bytesIn = new LongAdder();
    private final List<Backend> tried = new ArrayList<>();
    private int tries;

    Call(HttpRequest<?> request, Admission admission) {
      this.request = request;
      this.admission = admission;
    }

    CompletionStage<HttpResponse<?>> start() {
      var body = ((ServerHttpRequest<?>) request).byteBody();
      var empty = body.expectedLength().orElse(-1) == 0;
      return attempt(empty ? null : body.move());
    }

    private CompletionStage<HttpResponse<?>> attempt(@Nullable CloseableByteBody body) {
      var route = admission.route();
      var headers = request.getHeaders();
      var backend =
          backends.choose(
              route, headers.get("X-Tollgate-Region"), headers.get("X-Tollgate-Version"), tried);
      if (backend == null) {
        close(body);
        return failed(
            503,
            "no-backend",
            "No backend",
            "No backend of route " + route.name() + " takes requests now: their circuits are open.",
            "5");
      }
      if (!backend.enter()) {
        backend.released();
        close(body);
        return failed(
            503,
            "backend-saturated",
            "Backend saturated",
            "Backend "
                + backend.view().name()
                + " of route "
                + route.name()
                + " has as many requests in flight and waiting as it may have.",
            "1");
      }
      tried.add(backend);
      tries++;
      var began = System.nanoTime();
      var onward =
          Headers.toBackend(
              request, backend.target(request.getPath(), request.getUri().getRawQuery()));
      backend.addHeaders(onward, secrets);
      var result = new CompletableFuture<HttpResponse<?>>();
      Mono.from(backend.client().exchange(onward, counted(body), null))
          .timeout(route.requestTimeout())
          .subscribe(
              response -> {
                var time = System.nanoTime() - began;
                if (response.code() >= 500) {
                  backend.failed(time, new BackendAnswer(response.code()));
                } else {
                  backend.succeeded(time);
                }
                if (body == null && retries(Integer.toString(response.code()))) {
                  backend.leave();
                  if (response instanceof ByteBodyHttpResponse<?> old) {
                    old.close();
                  }
                  again(result);
                } else {
                  result.complete(answer(backend, (ByteBodyHttpResponse<?>) response));
                }
              },
              failure -> {
                backend.failed(System.nanoTime() - began, failure);
                backend.leave();
                if (body == null && retries(reason(failure))) {
                  again(result);
                } else {
                  failed(backend, failure).whenComplete((r, e) -> result.complete(r));
                }
              });
      return result;
    }

    private boolean retries(String reason) {
      var retry = admission.route().retry();
      return tries <= retry.attempts()
          && retry.on().contains(reason)
          && (REPEATABLE.contains(request.getMethodName()) || reason.equals("ConnectFailure"));
    }

    private void again(CompletableFuture<HttpResponse<?>> result) {
      if (admission.route().backends().size() <= tried.size()) {
        tried.clear();
      }
      var _ = attempt(null).whenComplete((response, failure) -> result.complete(response));
    }

    private @Nullable CloseableByteBody counted(@Nullable CloseableByteBody body) {
      if (body == null) {
        return null;
      }
      if (body instanceof AvailableByteBody whole) {
        bytesIn.add(whole.length());
        return body;
      }
      var length = body.expectedLength();
      return ((ServerHttpRequest<?>) request)
          .byteBodyFactory()
          .adapt(
              Flux.from(body.toReadBufferPublisher()).doOnNext(b -> bytesIn.add(b.readable())),
              length);
    }

    private HttpResponse<?> answer(Backend backend, ByteBodyHttpResponse<?> response) {
      MutableHttpResponse<?> head = HttpResponse.status(response.code(), response.reason());
      Headers.toClient(response, head);
      GatewayFilter.limited(head, admission.decision());
      head.getHeaders().set("X-Tollgate-Request-Id", admission.id());
      var body = response.byteBody().move();
      if (request.getMethodName().equals("HEAD")) {
        body.close();
        backend.leave();
        admission.end(bytesIn.sum(), 0, Outcome.COMPLETE, response.code());
        return head;
      }
      if (body instanceof AvailableByteBody whole) {
        backend.leave();
        admission.end(bytesIn.sum(), whole.length(), Outcome.COMPLETE, response.code());
        return RawBody.attach(head, body);
      }
      var out = new LongAdder();
      var length = body.expectedLength();
      Flux<ReadBuffer> stream =
          Flux.from(body.toReadBufferPublisher())
              .doOnNext(b -> out.add(b.readable()))
              .doOnComplete(
                  () -> admission.end(bytesIn.sum(), out.sum(), Outcome.COMPLETE, response.code()))
              .doOnError(
                  e -> admission.end(bytesIn.sum(), out.sum(), Outcome.FAILED, response.code()))
              .doFinally(signal -> {
                backend.leave();
                admission.end(bytesIn.sum(), out.sum(), Outcome.PARTIAL, response.code());
              });
      return RawBody.attach(
          head, ((ServerHttpRequest<?>) request).byteBodyFactory().adapt(stream, length));
    }

    private CompletionStage<HttpResponse<?>> failed(Backend backend, Throwable failure) {
      var name = backend.view().name();
      return switch (reason(failure)) {
        case "Timeout" ->
            failed(
                504,
                "backend-timeout",
                "Backend timed out",
                "Backend "
                    + name
                    + " did not answer within "
                    + admission.route().requestTimeout().toMillis()
                    + " ms.",
                null);
        case "ConnectFailure" ->
            failed(
                502,
                "backend-unreachable",
                "Backend unreachable",
                "Backend " + name + " cannot be reached.",
                null);
        case "Saturated" ->
            failed(
                503,
                "backend-saturated",
                "Backend saturated",
                "Every connection to backend " + name + " is busy, and too many requests wait.",
                "1");
        default ->
            failed(
                502,
                "backend-failed",
                "Backend failed",
                "Backend " + name + " broke off before it answered.",
                null);
      };
    }

    private CompletionStage<HttpResponse<?>> failed(
        int status, String type, String title, String detail, @Nullable String retryAfter) {
      admission.end(bytesIn.sum(), 0, Outcome.FAILED, status);
      var response =
          ProblemResponses.of(
              new Problem(
                  status,
                  type,
                  title,
                  detail,
                  retryAfter == null ? Map.of() : Map.of("Retry-After", retryAfter),
                  Map.of()),
              admission.id());
      return CompletableFuture.completedFuture(
          GatewayFilter.limited(response, admission.decision()));
    }
  }

  private static void close(@Nullable CloseableByteBody body) {
    if (body != null) {
      body.close();
    }
  }

  /** Names a failure as {@code retry.reasons} does. */
  private static String reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectTimeoutException
          || cause instanceof ConnectException
          || cause instanceof UnknownHostException) {
        return "ConnectFailure";
      }
      if (cause instanceof TimeoutException || cause instanceof ReadTimeoutException) {
        return "Timeout";
      }
      if (cause instanceof ResponseClosedException) {
        return "Reset";
      }
      var message = cause.getMessage();
      if (message != null && message.contains("pending")) {
        return "Saturated";
      }
    }
    return "Reset";
  }

  /** A backend answered with a server error; what the circuit breaker is told. */
  private static final class BackendAnswer extends Exception {
    private static final long serialVersionUID = 1;

    BackendAnswer(int status) {
      super("status " + status, null, false, false);
    }
  }
}
