package dev.tollgate.ai.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.core.tenancy.Secrets;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpRequest;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Asks a backend whether it serves its model: of Ollama whether the model has been pulled ({@code
 * /api/tags}), of the others whether it is on their list ({@code /v1/models}). One that has no list
 * is well when it answers.
 */
final class ModelHealth {

  private static final Logger LOG = LoggerFactory.getLogger(ModelHealth.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** What a check says. */
  enum State {
    /** Not asked yet. */
    UNKNOWN,
    WELL,
    /** It does not answer, or has not got the model. */
    ILL
  }

  private ModelHealth() {}

  /** Checks, and tells the backend; never blocks. */
  static void check(String route, ModelBackend backend, Secrets secrets) {
    var ollama =
        switch (backend.view().provider()) {
          case Ollama -> true;
          case OpenAI, Anthropic -> false;
        };
    MutableHttpRequest<?> request =
        HttpRequest.GET(backend.url(ollama ? "/api/tags" : "/v1/models"));
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
            return judge(status, body.toByteArray(), backend);
          }
        });
  }

  /** Empty when it is well. */
  private static String judge(int status, byte[] body, ModelBackend backend) {
    if (status == 404 || status == 405) {
      return ""; // no list to look at
    }
    if (status >= 300) {
      return "it answers " + status;
    }
    JsonNode list;
    try {
      list = JSON.readTree(body);
    } catch (IOException e) {
      return "its list of models is not JSON";
    }
    var model = backend.view().model();
    for (var entry : list.path("models")) { // Ollama
      var name = entry.path("name").asText();
      if (name.equals(model) || name.equals(model + ":latest")) {
        return "";
      }
    }
    for (var entry : list.path("data")) {
      if (entry.path("id").asText().equals(model)) {
        return "";
      }
    }
    return "it has no model " + model;
  }
}
