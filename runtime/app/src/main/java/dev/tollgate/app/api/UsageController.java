package dev.tollgate.app.api;

import dev.tollgate.core.Seldom;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tenant's own usage. */
@Controller("/v1/usage")
@ExecuteOn(TaskExecutors.BLOCKING)
final class UsageController {

  private static final Logger LOG = LoggerFactory.getLogger(UsageController.class);

  private final UsageView usage;
  private final Seldom seldom = new Seldom();

  UsageController(UsageView usage) {
    this.usage = usage;
  }

  @Get
  HttpResponse<?> get(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal,
      @Nullable @QueryValue String cycle) {
    return usage.of(principal.tenant(), cycle);
  }

  /** Usage and keys are read from the database; everything else is served while it is away. */
  @Error(global = true, exception = StoreException.class)
  HttpResponse<?> unavailable(StoreException e) {
    if (seldom.now()) {
      LOG.warn("The store does not answer: {}", e.getMessage());
    }
    return ProblemResponses.of(
        new Problem(
            503,
            "store-unavailable",
            "The store does not answer",
            "What you asked for is in a database that does not answer just now; try again shortly.",
            Map.of("Retry-After", "5"),
            Map.of()),
        "");
  }
}
