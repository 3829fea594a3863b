package dev.tollgate.ai.route;

import dev.tollgate.core.tenancy.Secrets;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpRequest;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Asks a backend for its list of models, and so whether it is well. */
final class ModelHealth {

  private static final Logger LOG = LoggerFactory.getLogger(ModelHealth.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** What a check says. */
  enum State {
    /** Not asked yet. */
    UNKNOWN,
    WELL,
    /** It does not answer, or no longer has the model. */
    ILL
  }

  private ModelHealth() {}

  /** Checks, and tells the backend; never blocks. */
  static void check(String route, ModelBackend backend, Secrets secrets) {
    MutableHttpRequest<?> request =
        HttpRequest.GET(backend.url(ModelListing.path(backend.view().provider())));
    backend.addHeaders(request.getHeaders(), secrets);
    var _ =
        Mono.from(backend.client().exchange(request, null, null))
            .timeout(TIMEOUT)
            .flatMap(response -> read(response, backend))
            .onErrorResume(e -> Mono.just("it does not answer: " + e.getMessage()))
            .subscribe(trouble -> {
              var before = backend.health();
              var now = trouble.isEmpty() ? State.WELL : State.ILL;
              backend.checked(now);
              if (before != now) {
                LOG.info(
                    "Backend {} of model route {} is {}{}",
                    backend.view().name(),
                    route,
                    now == State.WELL ? "well" : "not asked: ",
                    trouble);
              }
            });
  }

  private static Mono<String> read(HttpResponse<?> response, ModelBackend backend) {
    var answer = (ByteBodyHttpResponse<?>) response;
    var status = answer.code();
    return Mono.fromFuture(answer.byteBody().move().buffer().toCompletableFuture())
        .map(body -> {
          try (body) {
            return backend.listing().trouble(status, body.toByteArray());
          }
        });
  }
}
