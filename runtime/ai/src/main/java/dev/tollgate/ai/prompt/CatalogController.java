package dev.tollgate.ai.prompt;

import dev.tollgate.gateway.http.TaggedResponses;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the operator asks of prompts, on its port: what is served, and what is refused. */
@Requires(property = "tollgate.operator.port")
@Controller(value = "/tollgate/prompts", port = "${tollgate.operator.port}")
final class CatalogController {

  private final PromptCatalog catalog;

  CatalogController(PromptCatalog catalog) {
    this.catalog = catalog;
  }

  /**
   * A prompt.
   *
   * @param digests of the versions that are served, by number
   * @param refused why the resource is not served as it is
   */
  record Served(String name, Map<Integer, String> digests, List<Refused> refused) {}

  /** A version that is refused. */
  record Refused(int version, String reason, String message, String path) {}

  /** All prompts, by name; under an entity tag. */
  @Get
  HttpResponse<?> prompts(@Nullable @Header(HttpHeaders.IF_NONE_MATCH) String known) {
    var refused = new TreeMap<String, List<Refused>>();
    for (var refusal : catalog.refusals()) {
      var finding = refusal.finding();
      refused
          .computeIfAbsent(finding.name(), _ -> new ArrayList<>())
          .add(new Refused(refusal.version(), finding.reason(), finding.message(), finding.path()));
    }
    var names = new TreeSet<>(catalog.all().keySet());
    names.addAll(refused.keySet());
    return TaggedResponses.of(
        known,
        Map.of(
            "prompts",
            names.stream()
                .map(name -> new Served(name, digests(name), refused.getOrDefault(name, List.of())))
                .toList()));
  }

  private Map<Integer, String> digests(String name) {
    var digests = new TreeMap<Integer, String>();
    var prompt = catalog.find(name);
    if (prompt != null) {
      prompt.versions().forEach((number, version) -> digests.put(number, version.view().digest()));
    }
    return digests;
  }
}
