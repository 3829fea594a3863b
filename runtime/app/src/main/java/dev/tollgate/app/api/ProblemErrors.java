package dev.tollgate.app.api;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.ProblemResponses;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;
import java.util.Locale;

/**
 * Writes the errors that the server finds by itself, such as a path that nothing is at or a body
 * that is not JSON, as problems like all others (RFC 9457). Of an exception inside, the caller is
 * told nothing.
 */
@Singleton
final class ProblemErrors implements ErrorResponseProcessor<Object> {

  @Override
  public MutableHttpResponse<Object> processResponse(
      ErrorContext error, MutableHttpResponse<?> response) {
    var reason = HttpStatus.getDefaultReason(response.code());
    var problem =
        Problem.of(
            response.code(),
            reason.toLowerCase(Locale.ROOT).replace(' ', '-'),
            reason,
            detail(error, response.code()));
    return response
        .contentType(MediaType.APPLICATION_JSON_PROBLEM_TYPE)
        .body((Object) ProblemResponses.of(problem, "").body());
  }

  private static String detail(ErrorContext error, int status) {
    if (status >= 500) {
      return "Something failed here that is not your fault; its operator finds why in the log.";
    }
    if (status == 404) {
      return "Nothing is at "
          + error.getRequest().getPath()
          + " for you; GET / tells where things are.";
    }
    return error.getErrors().isEmpty()
        ? "The request cannot be answered."
        : error.getErrors().getFirst().getMessage();
  }
}
