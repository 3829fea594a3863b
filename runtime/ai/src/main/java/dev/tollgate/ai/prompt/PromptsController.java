package dev.tollgate.ai.prompt;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tollgate.core.access.Principal;
import dev.tollgate.crd.view.PromptMessageView;
import dev.tollgate.gateway.body.ObjectBody;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The prompts that a tenant may use: listed, compared and rendered. */
@Controller("/v1/prompts")
@ExecuteOn(TaskExecutors.BLOCKING)
final class PromptsController {

  private final PromptCatalog catalog;
  private final PromptCalls calls;

  PromptsController(PromptCatalog catalog, PromptCalls calls) {
    this.catalog = catalog;
    this.calls = calls;
  }

  /**
   * A prompt.
   *
   * @param displayName the name for people; that of the resource where it has none
   * @param usual the version that is meant when a call names none and no experiment runs; absent
   *     when the caller's plan does not have it
   * @param versions those that the caller's plan has, in ascending order
   * @param labels to these versions
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Summary(
      String name,
      String displayName,
      @Nullable Integer usual,
      List<Integer> versions,
      Map<String, Integer> labels) {}

  /** All prompts of the caller, by name. */
  record Summaries(List<Summary> prompts) {}

  /**
   * A version, as it was accepted.
   *
   * @param digest SHA-256 in hex of all that it says
   */
  record Version(
      String name,
      int version,
      String promptId,
      String model,
      @JsonRawValue String parameters,
      List<PromptMessageView> messages,
      @JsonRawValue String variables,
      String digest) {
    static Version of(String name, CompiledVersion compiled) {
      var view = compiled.view();
      return new Version(
          name,
          view.version(),
          rendered(name, compiled).promptId(),
          view.model(),
          view.parameters(),
          view.messages(),
          view.variables(),
          view.digest());
    }

    private static RenderedPrompt rendered(String name, CompiledVersion compiled) {
      var view = compiled.view();
      return new RenderedPrompt(
          view.model(), view.parameters(), view.messages(), name, view.version(), "", "", "");
    }
  }

  /** What differs between two versions, field by field. */
  record Comparison(String name, int from, int to, List<Change> changes) {}

  /**
   * One difference.
   *
   * @param from absent when the field came
   * @param to absent when the field went
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Change(String field, @Nullable String from, @Nullable String to) {}

  /** What a call of the prompt would send to its model. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record Rendered(
      String prompt,
      int version,
      String promptId,
      String model,
      @JsonRawValue String parameters,
      List<PromptMessageView> messages,
      String experiment,
      String variant) {}

  @Get
  Summaries list(@RequestAttribute(Principal.ATTRIBUTE) Principal principal) {
    return new Summaries(
        catalog.all().values().stream()
            .map(prompt -> summary(principal, prompt))
            .filter(summary -> !summary.versions().isEmpty())
            .sorted(Comparator.comparing(Summary::name))
            .toList());
  }

  @Get("/{name}")
  Summary get(@RequestAttribute(Principal.ATTRIBUTE) Principal principal, String name) {
    return summary(principal, calls.prompt(principal.tenant(), name));
  }

  @Get("/{name}/versions/{version}")
  Version version(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal, String name, int version) {
    return Version.of(name, find(principal, name, version));
  }

  @Get("/{name}/compare")
  Comparison compare(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal,
      String name,
      @QueryValue int from,
      @QueryValue int to) {
    var before = VersionFields.of(find(principal, name, from).view());
    var after = VersionFields.of(find(principal, name, to).view());
    List<Change> changes = new ArrayList<>();
    var fields = new TreeMap<String, String>(before);
    fields.putAll(after);
    for (var field : fields.keySet()) {
      var was = before.get(field);
      var is = after.get(field);
      if (!Objects.equals(was, is)) {
        changes.add(new Change(field, was, is));
      }
    }
    return new Comparison(name, from, to, changes);
  }

  @Post("/{name}/render")
  Rendered render(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal,
      String name,
      @Body byte @Nullable [] sent) {
    var body = ObjectBody.of(sent, "version", "label", "experiment", "variables", "user");
    var variables = body.object("variables");
    var rendered =
        calls.resolve(
            principal,
            new WantedPrompt(
                name,
                body.whole("version"),
                body.text("label"),
                body.text("experiment"),
                variables == null ? JsonNodeFactory.instance.objectNode() : variables,
                body.text("user")));
    return new Rendered(
        rendered.prompt(),
        rendered.version(),
        rendered.promptId(),
        rendered.model(),
        rendered.parameters(),
        rendered.messages(),
        rendered.experiment(),
        rendered.variant());
  }

  private CompiledVersion find(Principal principal, String name, int version) {
    var found = calls.prompt(principal.tenant(), name).versions().get(version);
    if (found == null || !PromptCalls.allowed(principal.tenant(), found)) {
      throw PromptException.noVersion(name, version);
    }
    return found;
  }

  private static Summary summary(Principal principal, ServedPrompt prompt) {
    var versions =
        prompt.versions().entrySet().stream()
            .filter(entry -> PromptCalls.allowed(principal.tenant(), entry.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    var labels = new TreeMap<>(prompt.labels());
    labels.values().retainAll(versions);
    var usual = prompt.usual().view().version();
    return new Summary(
        prompt.name(),
        prompt.displayName(),
        versions.contains(usual) ? usual : null,
        versions,
        labels);
  }

  @Error(exception = PromptException.class)
  HttpResponse<?> refused(PromptException e) {
    return ProblemResponses.of(e.problem(), "");
  }
}
