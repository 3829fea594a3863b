package dev.tollgate.app.api;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.core.convert.exceptions.ConversionErrorException;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import io.micronaut.web.router.exceptions.UnsatisfiedRouteException;
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
    var cause = error.getRootCause().orElse(null);
    if (cause instanceof ConversionErrorException conversion) {
      return wanted(conversion.getArgument());
    }
    if (cause instanceof UnsatisfiedRouteException missing) {
      var argument = missing.getArgument();
      return argument.isAnnotationPresent(Body.class)
          ? "The request needs a body; /openapi.json describes it."
          : argument.getName() + " is missing.";
    }
    return error.getErrors().isEmpty()
        ? "The request cannot be answered."
        : error.getErrors().getFirst().getMessage();
  }

  /** What would be right in the place of an argument; the exception itself speaks of Java. */
  private static String wanted(Argument<?> argument) {
    if (argument.isAnnotationPresent(Body.class)) {
      return "The body is not the JSON that is wanted here; /openapi.json describes it.";
    }
    var type = argument.getType();
    return argument.getName()
        + (type == int.class || type == Integer.class || type == long.class || type == Long.class
            ? " must be a whole number."
            : " has a value of another type than it must have.");
  }
}
