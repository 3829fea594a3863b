package dev.tollgate.sites.json;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.util.List;

/**
 * Stands where the gateway does: the header X-Tenant is believed, X-Features is the plan; any key
 * is good.
 */
record TestCaller(String tenantId, List<String> features) implements Caller {

  @Override
  public boolean hasFeature(String feature) {
    return features.contains(feature);
  }

  @Override
  public List<String> plansWithFeature(String feature) {
    return feature.equals("json-history") ? List.of("pro", "team") : List.of();
  }

  @Override
  public void received(long bytes) {}

  @ServerFilter("/v1/**")
  static final class Recognition {
    @RequestFilter
    void recognise(HttpRequest<?> request) {
      String key = request.getHeaders().get("Authorization");
      String tenant = request.getHeaders().get("X-Tenant");
      if (tenant == null && key != null) {
        tenant = "acme";
      }
      if (tenant != null) {
        String features = request.getHeaders().get("X-Features", String.class, "json-history");
        request.setAttribute(ATTRIBUTE, new TestCaller(tenant, List.of(features.split(","))));
      }
    }
  }
}
