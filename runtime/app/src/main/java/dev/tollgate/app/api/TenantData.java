package dev.tollgate.app.api;

import dev.tollgate.core.store.TenantRows;
import dev.tollgate.core.tenancy.LiveServing;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes what is stored of tenants that are gone. */
@Singleton
final class TenantData {

  private static final Logger LOG = LoggerFactory.getLogger(TenantData.class);

  private final LiveServing serving;
  private final TenantRows rows;

  TenantData(LiveServing serving, TenantRows rows) {
    this.serving = serving;
    this.rows = rows;
  }

  /** 204 when nothing is left; 409 while the tenant is still there for this replica. */
  HttpResponse<?> delete(String tenantId, String shard) {
    var state = serving.current();
    if (state.tenants().containsKey(tenantId)
        || state.unserved().values().stream().anyMatch(t -> tenantId.equals(t.tenantId()))) {
      return HttpResponse.status(HttpStatus.CONFLICT);
    }
    LOG.info("Deleted {} rows of tenant {}", rows.delete(shard, tenantId), tenantId);
    return HttpResponse.noContent();
  }
}
