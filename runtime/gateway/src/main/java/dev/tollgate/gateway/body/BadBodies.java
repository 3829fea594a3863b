package dev.tollgate.gateway.body;

import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import jakarta.inject.Singleton;

/** Answers a body that is not what a call takes. */
@Singleton
final class BadBodies implements ExceptionHandler<ObjectBody.Bad, HttpResponse<?>> {

  @Override
  @SuppressWarnings("rawtypes") // as the interface has it
  public HttpResponse<?> handle(HttpRequest request, ObjectBody.Bad bad) {
    return ProblemResponses.of(bad.problem(), "");
  }
}
