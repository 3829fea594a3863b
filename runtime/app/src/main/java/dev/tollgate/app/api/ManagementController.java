package dev.tollgate.app.api;

import dev.tollgate.core.tenancy.LiveServing;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import java.util.Map;

/** What the operator asks: which generation of each resource is served here. */
@Requires(property = "endpoints.all.port")
@Controller(value = "/tollgate", port = "${endpoints.all.port}")
final class ManagementController {

  private final LiveServing serving;

  ManagementController(LiveServing serving) {
    this.serving = serving;
  }

  @Get("/programmed")
  Map<String, Object> programmed() {
    return Map.of("resources", serving.programmed());
  }
}
