package dev.tollgate.app.cli;

import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.view.RouteView;
import dev.tollgate.crd.view.TenantView;
import java.util.Objects;

/** What to try first with the key of a tenant: calls that work. */
final class FirstCalls {

  private static final String JSON_TOOL = "/v1/tools/json";

  private FirstCalls() {}

  /** Lines for a terminal; a call of the JSON tool is among them where the tenant may use it. */
  static String of(String url, String tenantName, String key, ServingState state) {
    var id = state.tenantIds().get(tenantName);
    var tenant = Objects.requireNonNull(id == null ? null : state.tenants().get(id));
    var authorization = " -H 'Authorization: Bearer " + key + "'";
    var text = new StringBuilder("\nTry:\n");
    if (state.shared().routes().stream().anyMatch(route -> isJsonTool(route, tenant))) {
      text.append("  curl -s ")
          .append(url + JSON_TOOL + "/format" + authorization)
          .append(" -d '{\"hello\":[\"world\"]}'\n");
    }
    return text.append("  curl -s " + url + "/v1/usage" + authorization + "\n").toString();
  }

  private static boolean isJsonTool(RouteView route, TenantView tenant) {
    return route.path().equals(JSON_TOOL)
        && route.hostnames().isEmpty()
        && (route.feature() == null || tenant.plan().features().contains(route.feature()))
        && route.backends().stream().anyMatch(backend -> backend.builtin() != null);
  }
}
