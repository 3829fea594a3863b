package dev.tollgate.app.api;

import dev.tollgate.core.access.Principal;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Map;

/** A tenant's own usage. */
@Controller("/v1/usage")
@ExecuteOn(TaskExecutors.BLOCKING)
final class UsageController {

  private final UsageView usage;

  UsageController(UsageView usage) {
    this.usage = usage;
  }

  @Get
  Map<String, Object> get(@RequestAttribute(TenantApiFilter.PRINCIPAL) Principal principal) {
    return usage.of(principal.tenant());
  }
}
