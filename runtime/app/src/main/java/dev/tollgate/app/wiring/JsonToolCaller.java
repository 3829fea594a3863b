package dev.tollgate.app.wiring;

import dev.tollgate.gateway.entry.BuiltinCaller;
import dev.tollgate.sites.json.Caller;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.util.List;

/** Tells the JSON tool on whose behalf the gateway admitted a request. */
// for every path, since a pattern would be matched against each proxied request
@ServerFilter("/**")
final class JsonToolCaller {

  @RequestFilter
  void tell(HttpRequest<?> request) {
    request
        .getAttribute(BuiltinCaller.ATTRIBUTE, BuiltinCaller.class)
        .ifPresent(caller -> request.setAttribute(Caller.ATTRIBUTE, new Admitted(caller)));
  }

  private record Admitted(BuiltinCaller caller) implements Caller {
    @Override
    public String tenantId() {
      return caller.principal().tenant().tenantId();
    }

    @Override
    public boolean hasFeature(String feature) {
      return caller.principal().tenant().plan().features().contains(feature);
    }

    @Override
    public void received(long bytes) {
      caller.received().accept(bytes);
    }

    @Override
    public List<String> plansWithFeature(String feature) {
      return caller.plansWith().apply(feature);
    }
  }
}
