package dev.tollgate.ai.experiment;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Map;
import java.util.TreeSet;

/** What the operator asks of experiments, on the management port; never for tenants. */
@Requires(property = "endpoints.all.port")
@Controller(value = "/tollgate/experiments", port = "${endpoints.all.port}")
@ExecuteOn(TaskExecutors.BLOCKING)
final class ResultsController {

  private final Experiments experiments;
  private final ResultsReader results;

  ResultsController(Experiments experiments, ResultsReader results) {
    this.experiments = experiments;
    this.results = results;
  }

  @Get
  Map<String, Object> names() {
    return Map.of("experiments", new TreeSet<>(experiments.all().keySet()));
  }

  /** 404 when no experiment of the name is served here. */
  @Get("/{name}")
  HttpResponse<?> get(String name) {
    var found = results.of(name);
    return found == null ? HttpResponse.notFound() : HttpResponse.ok(found);
  }
}
