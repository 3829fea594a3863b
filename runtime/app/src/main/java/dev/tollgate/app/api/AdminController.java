package dev.tollgate.app.api;

import dev.tollgate.ai.experiment.Experiments;
import dev.tollgate.ai.prompt.PromptCatalog;
import dev.tollgate.ai.prompt.ServedPrompt;
import dev.tollgate.app.wiring.AdminToken;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.work.BillingWorker;
import dev.tollgate.billing.work.LiveBilling;
import dev.tollgate.core.access.KeyRing;
import dev.tollgate.core.access.Scopes;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.core.tenancy.ManifestSource;
import dev.tollgate.crd.view.ExperimentView;
import dev.tollgate.crd.view.ModelRouteView;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The platform's own API, on the management port, with the administrator's token. */
@Controller(value = "/admin", port = "${endpoints.all.port}")
@ExecuteOn(TaskExecutors.BLOCKING)
final class AdminController {

  private final LiveServing serving;
  private final ManifestSource source;
  private final PromptCatalog prompts;
  private final Experiments experiments;
  private final KeyRing keys;
  private final UsageView usage;
  private final AdminToken token;
  private final LiveBilling billing;
  private final BillingWorker worker;
  private final TenantData data;

  AdminController(
      LiveServing serving,
      ManifestSource source,
      PromptCatalog prompts,
      Experiments experiments,
      KeyRing keys,
      UsageView usage,
      AdminToken token,
      LiveBilling billing,
      BillingWorker worker,
      TenantData data) {
    this.worker = worker;
    this.data = data;
    this.source = source;
    this.prompts = prompts;
    this.experiments = experiments;
    this.billing = billing;
    this.serving = serving;
    this.keys = keys;
    this.usage = usage;
    this.token = token;
  }

  @Get("/tenants")
  HttpResponse<?> tenants(HttpRequest<?> request) {
    return items(
        request,
        serving.current().tenants().values().stream()
            .sorted(Comparator.comparing(TenantView::name))
            .map(t ->
                row(
                    "name",
                    t.name(),
                    "plan",
                    t.plan().name(),
                    "shard",
                    t.shard(),
                    "state",
                    t.suspended() ? "Suspended" : "Ready",
                    "contact",
                    t.contact() == null ? "" : t.contact()))
            .toList());
  }

  @Get("/plans")
  HttpResponse<?> plans(HttpRequest<?> request) {
    return items(
        request,
        serving.current().shared().plans().values().stream()
            .map(p ->
                row(
                    "name",
                    p.name(),
                    "displayName",
                    p.displayName(),
                    "features",
                    String.join(",", p.features())))
            .toList());
  }

  @Get("/routes")
  HttpResponse<?> routes(HttpRequest<?> request) {
    return items(
        request,
        serving.current().shared().routes().stream()
            .map(r ->
                row(
                    "name",
                    r.name(),
                    "path",
                    r.path(),
                    "backends",
                    Integer.toString(r.backends().size())))
            .toList());
  }

  @Get("/models")
  HttpResponse<?> models(HttpRequest<?> request) {
    return items(
        request,
        serving.current().shared().modelRoutes().stream()
            .sorted(Comparator.comparing(ModelRouteView::name))
            .map(r ->
                row(
                    "name",
                    r.name(),
                    "models",
                    String.join(",", r.models()),
                    "backends",
                    joined(r.backends().stream(), b -> b.name() + "=" + b.model())))
            .toList());
  }

  @Get("/prompts")
  HttpResponse<?> prompts(HttpRequest<?> request) {
    return items(
        request,
        prompts.all().values().stream()
            .sorted(Comparator.comparing(ServedPrompt::name))
            .map(p ->
                row(
                    "name",
                    p.name(),
                    "versions",
                    joined(p.versions().keySet().stream(), String::valueOf),
                    "labels",
                    joined(
                        new TreeMap<>(p.labels()).entrySet().stream(),
                        label -> label.getKey() + "=" + label.getValue()),
                    "usual",
                    Integer.toString(p.usual().view().version())))
            .toList());
  }

  @Get("/experiments")
  HttpResponse<?> experiments(HttpRequest<?> request) {
    return items(
        request,
        experiments.all().values().stream()
            .sorted(Comparator.comparing(ExperimentView::name))
            .map(e ->
                row(
                    "name",
                    e.name(),
                    "prompt",
                    e.prompt(),
                    "variants",
                    joined(
                        e.variants().stream(),
                        v -> "%s@%d:%d".formatted(v.name(), v.version(), v.weight())),
                    "state",
                    state(e)))
            .toList());
  }

  private String state(ExperimentView experiment) {
    var verdict = experiments.verdict(experiment);
    if (verdict == null) {
      return "Running";
    }
    return "%s: %s: %s"
        .formatted(
            experiments.rolledBack(experiment) ? "RolledBack" : "Alert",
            verdict.variant(),
            verdict.reason());
  }

  private static <T> String joined(Stream<T> parts, Function<T, String> text) {
    return parts.map(text).collect(Collectors.joining(","));
  }

  @Get("/findings")
  HttpResponse<?> findings(HttpRequest<?> request) {
    return items(
        request,
        Stream.concat(
                source.errors().stream()
                    .map(e ->
                        row(
                            "resource",
                            e.file() + (e.line() > 0 ? ":" + e.line() : ""),
                            "reason",
                            "FileError",
                            "path",
                            e.path(),
                            "message",
                            e.message())),
                Stream.of(serving.findings(), prompts.findings(), worker.findings())
                    .flatMap(List::stream)
                    .map(f ->
                        row(
                            "resource",
                            f.kind() + "/" + f.name(),
                            "reason",
                            f.reason(),
                            "path",
                            f.path(),
                            "message",
                            f.message())))
            .toList());
  }

  private static Map<String, String> row(String... columns) {
    Map<String, String> row = new LinkedHashMap<>();
    for (int i = 0; i < columns.length; i += 2) {
      row.put(columns[i], columns[i + 1]);
    }
    return row;
  }

  private HttpResponse<?> items(HttpRequest<?> request, List<?> items) {
    return allowed(request) ? HttpResponse.ok(Map.of("items", items)) : refused();
  }

  @Get("/tenants/{tenant}/usage")
  HttpResponse<?> usage(HttpRequest<?> request, String tenant, @Nullable @QueryValue String cycle) {
    return of(request, tenant, t -> usage.of(t, cycle));
  }

  @Get("/tenants/{tenant}/keys")
  HttpResponse<?> list(
      HttpRequest<?> request,
      String tenant,
      @Nullable @QueryValue String limit,
      @Nullable @QueryValue String after) {
    return of(request, tenant, t -> KeyPage.of(keys.list(t.tenantId()), limit, after));
  }

  /**
   * Makes a key.
   *
   * @param scopes with spaces between; every one where it is absent
   * @param expires RFC 3339; never where it is absent
   */
  @Post("/tenants/{tenant}/keys")
  HttpResponse<?> create(
      HttpRequest<?> request,
      String tenant,
      @QueryValue(defaultValue = "cli") String label,
      @Nullable @QueryValue String scopes,
      @Nullable @QueryValue String expires) {
    var wanted = new WantedKey(label, scopes == null ? null : words(scopes), expires);
    return of(
        request,
        tenant,
        t -> {
          var wrong = wanted.wrong();
          return wrong == null
              ? HttpResponse.ok(
                  KeysController.KeyView.made(
                      keys.create(
                          t.tenantId(), label, wanted.scopes(Scopes.ALL.names()), wanted.end())))
              : ProblemResponses.of(wrong, "");
        });
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split(" ", -1)).filter(word -> !word.isEmpty()).toList();
  }

  @Post("/tenants/{tenant}/keys/{id}/rotate")
  HttpResponse<?> rotate(HttpRequest<?> request, String tenant, String id) {
    return of(
        request,
        tenant,
        t -> HttpResponse.ok(KeysController.KeyView.made(keys.rotate(t.tenantId(), id, null))));
  }

  @Delete("/tenants/{tenant}/keys/{id}")
  HttpResponse<?> revoke(HttpRequest<?> request, String tenant, String id) {
    return of(
        request,
        tenant,
        t -> {
          keys.revoke(t.tenantId(), id);
          return HttpResponse.noContent();
        });
  }

  /** Deletes what is stored of a tenant that is gone, by the id that it had. */
  @Delete("/tenant-data/{tenantId}")
  HttpResponse<?> deleteData(HttpRequest<?> request, String tenantId, @QueryValue String shard) {
    return allowed(request) ? data.delete(tenantId, shard) : refused();
  }

  /** Gives a tenant credit, once for each key. */
  @Post("/tenants/{tenant}/credits")
  HttpResponse<?> credit(
      HttpRequest<?> request,
      String tenant,
      @QueryValue String key,
      @QueryValue String amount,
      @QueryValue String currency,
      @QueryValue(defaultValue = "Credit") String name) {
    return of(
        request,
        tenant,
        t -> {
          var live = billing.now().orElse(null);
          var account =
              live == null ? null : live.billing().accounts().of(t.tenantId()).orElse(null);
          if (live == null || account == null) {
            return ProblemResponses.of(
                Problem.of(
                    409,
                    "not-billed",
                    "Not billed",
                    "There is no billing provider, or nothing that the tenant has to pay for."),
                "");
          }
          try {
            var given =
                live.billing()
                    .credits()
                    .grant(account, key, name, currency, Rounding.parse(amount, currency), null);
            return HttpResponse.created(Map.of("id", given));
          } catch (IllegalArgumentException wrong) {
            return ProblemResponses.of(
                Problem.of(
                    422, "invalid-credit", "Invalid credit", String.valueOf(wrong.getMessage())),
                "");
          }
        });
  }

  private HttpResponse<?> of(
      HttpRequest<?> request, String name, Function<TenantView, HttpResponse<?>> action) {
    if (!allowed(request)) {
      return refused();
    }
    var state = serving.current();
    var id = state.tenantIds().get(name);
    var tenant = id == null ? null : state.tenants().get(id);
    if (tenant == null) {
      return ProblemResponses.of(
          Problem.of(
              404, "no-such-tenant", "No such tenant", "No tenant named " + name + " is served."),
          "");
    }
    return action.apply(tenant);
  }

  private boolean allowed(HttpRequest<?> request) {
    return allowed(request, token);
  }

  /** Whether a request comes from the administrator. */
  static boolean allowed(HttpRequest<?> request, AdminToken token) {
    var header = request.getHeaders().get("Authorization");
    return header != null && token.matches(header);
  }

  static HttpResponse<?> refused() {
    return ProblemResponses.of(
        Problem.of(
            401,
            "unauthenticated",
            "Not authenticated",
            "Send the administrator's token, from the file admin.token in the data directory, or in a"
                + " cluster from the Secret <pool>-gateway-management."),
        "");
  }
}
