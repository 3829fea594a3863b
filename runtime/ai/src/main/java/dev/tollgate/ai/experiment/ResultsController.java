package dev.tollgate.ai.experiment;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.ai.experiment.ExperimentResults.Judged;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.gateway.http.TaggedResponses;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Comparator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the operator asks of experiments, on its port; never for tenants. */
@Requires(property = "tollgate.operator.port")
@Controller(value = "/tollgate/experiments", port = "${tollgate.operator.port}")
final class ResultsController {

  private final Experiments experiments;
  private final ResultsReader results;

  ResultsController(Experiments experiments, ResultsReader results) {
    this.experiments = experiments;
    this.results = results;
  }

  /**
   * An experiment that is served here.
   *
   * @param verdict of its guard; null while there is none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Guarded(String name, @Nullable Judged verdict) {}

  /** All experiments by name, with what guards have found; waits for nothing. */
  @Get
  HttpResponse<?> all(@Nullable @Header(HttpHeaders.IF_NONE_MATCH) String known) {
    return TaggedResponses.of(
        known,
        Map.of(
            "experiments",
            experiments.all().values().stream()
                .sorted(Comparator.comparing(ExperimentView::name))
                .map(view -> new Guarded(view.name(), Judged.of(view, experiments.verdict(view))))
                .toList()));
  }

  /** The results of one; 404 when no experiment of the name is served here. */
  @Get("/{name}")
  @ExecuteOn(TaskExecutors.BLOCKING)
  HttpResponse<?> get(String name, @Nullable @Header(HttpHeaders.IF_NONE_MATCH) String known) {
    var found = results.of(name);
    return found == null ? HttpResponse.notFound() : TaggedResponses.of(known, found);
  }
}
