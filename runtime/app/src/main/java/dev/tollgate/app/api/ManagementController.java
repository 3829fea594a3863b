package dev.tollgate.app.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.app.wiring.AdminToken;
import dev.tollgate.billing.work.BillingWorker;
import dev.tollgate.core.metering.QuotaStates;
import dev.tollgate.core.tenancy.LiveServing;
import dev.tollgate.crd.tenant.QuotaState;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.gateway.http.TaggedResponses;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the operator asks: what is served here, how far quotas are, what is to be deleted. */
@Controller(value = "/tollgate", port = "${tollgate.operator.port}")
final class ManagementController {

  private final LiveServing serving;
  private final TenantData data;
  private final BillingWorker billing;
  private final QuotaStates quotas;
  private final Outages outages;
  private final AdminToken token;

  ManagementController(
      LiveServing serving,
      TenantData data,
      BillingWorker billing,
      QuotaStates quotas,
      Outages outages,
      AdminToken token) {
    this.token = token;
    this.serving = serving;
    this.data = data;
    this.billing = billing;
    this.quotas = quotas;
    this.outages = outages;
  }

  @Get("/programmed")
  Map<String, Object> programmed() {
    return Map.of("resources", serving.programmed());
  }

  /** How billing's last rounds went, in the replica that does its work; under an entity tag. */
  @Get("/billing")
  HttpResponse<?> billing(@Nullable @Header(HttpHeaders.IF_NONE_MATCH) String known) {
    return TaggedResponses.of(known, billing.report());
  }

  /**
   * Which resources the operator asks about.
   *
   * @param resources each as {@code Kind/name}
   */
  record Asked(List<String> resources) {}

  /** The same of those resources alone; one that is not served is left out. */
  @Post("/programmed")
  Map<String, Object> programmed(@Body Asked asked) {
    var served = serving.programmed();
    Map<String, Long> answer = new HashMap<>();
    for (var resource : asked.resources()) {
      var generation = served.get(resource);
      if (generation != null) {
        answer.put(resource, generation);
      }
    }
    return Map.of("resources", answer);
  }

  /**
   * How the tenants stand that do not stand well, by name.
   *
   * @param quotas those that are not well within what their plans include
   * @param suspended those that are suspended for what they owe
   * @param unknown those of whose quotas nothing is known, for their shard has yet to answer
   */
  record Standing(
      Map<String, QuotaState> quotas,
      List<String> suspended,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Set<String> unknown) {}

  /**
   * Which tenants are not well within what their plans include; every tenant not named is. And
   * which are suspended for what they owe. With an entity tag, so that asking again and again costs
   * little.
   */
  @Get("/quotas")
  @ExecuteOn(TaskExecutors.BLOCKING)
  HttpResponse<?> quotas(@Nullable @Header(HttpHeaders.IF_NONE_MATCH) String known) {
    var tenants = serving.current().tenants();
    var reached = quotas.reached(tenants.values(), System.currentTimeMillis());
    var owing = serving.suspended();
    var suspended =
        tenants.values().stream()
            .filter(tenant -> owing.contains(tenant.tenantId()))
            .map(TenantView::name)
            .sorted()
            .toList();
    return TaggedResponses.of(known, new Standing(reached.states(), suspended, reached.unknown()));
  }

  /**
   * Which databases, and whether Redis, this replica cannot use, under an entity tag; 503 until it
   * has looked at all of them.
   */
  @Get("/outages")
  HttpResponse<?> outages(@Nullable @Header(HttpHeaders.IF_NONE_MATCH) String known) {
    var told = outages.now();
    return told.isEmpty()
        ? HttpResponse.status(HttpStatus.SERVICE_UNAVAILABLE)
        : TaggedResponses.of(known, told.get());
  }

  /**
   * Deletes all data of a tenant that is gone; the operator asks for it where {@code reclaim:
   * Delete} was said. It alone changes something here, and takes the administrator's token.
   */
  @Delete("/tenants/{tenantId}")
  @ExecuteOn(TaskExecutors.BLOCKING)
  HttpResponse<?> delete(HttpRequest<?> request, String tenantId, @QueryValue String shard) {
    return AdminController.allowed(request, token)
        ? data.delete(tenantId, shard)
        : AdminController.refused();
  }
}
