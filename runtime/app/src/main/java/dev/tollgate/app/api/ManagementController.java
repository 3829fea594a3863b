package dev.tollgate.app.api;

import dev.tollgate.billing.work.BillingWorker;
import dev.tollgate.core.store.TenantRows;
import dev.tollgate.core.tenancy.LiveServing;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the operator asks: which generation of each resource is served here. */
@Requires(property = "endpoints.all.port")
@Controller(value = "/tollgate", port = "${endpoints.all.port}")
final class ManagementController {

  private static final Logger LOG = LoggerFactory.getLogger(ManagementController.class);

  private final LiveServing serving;
  private final TenantRows rows;
  private final BillingWorker billing;

  ManagementController(LiveServing serving, TenantRows rows, BillingWorker billing) {
    this.serving = serving;
    this.rows = rows;
    this.billing = billing;
  }

  @Get("/programmed")
  Map<String, Object> programmed() {
    return Map.of("resources", serving.programmed());
  }

  /** How billing's last comparison went, in the replica that does its work. */
  @Get("/billing")
  BillingWorker.Report billing() {
    return billing.report();
  }

  /**
   * Deletes all data of a tenant that is gone; the operator asks for it where {@code reclaim:
   * Delete} was said. 409 while the tenant is still served here.
   */
  @Delete("/tenants/{tenantId}")
  @ExecuteOn(TaskExecutors.BLOCKING)
  HttpResponse<?> delete(String tenantId, @QueryValue String shard) {
    if (serving.current().tenants().containsKey(tenantId)) {
      return HttpResponse.status(HttpStatus.CONFLICT);
    }
    LOG.info("Deleted {} rows of tenant {}", rows.delete(shard, tenantId), tenantId);
    return HttpResponse.noContent();
  }
}
