package dev.tollgate.sites.json;

import io.micronaut.http.HttpRequest;
import java.util.List;
import java.util.Optional;

/** On whose behalf a request is made, and what that tenant's plan has. */
public interface Caller {

  /** The request attribute that holds the caller once whoever is in front has recognised it. */
  String ATTRIBUTE = "tollgate.caller";

  /** The tenant's stable id, at most 128 characters. */
  String tenantId();

  /** Whether the tenant's plan has a feature, by the feature's name. */
  boolean hasFeature(String feature);

  /** The names of the plans that have a feature, in the order they are to be offered. */
  List<String> plansWithFeature(String feature);

  /** Takes the bytes of a body that came without stating its length, as they are read. */
  void received(long bytes);

  /** The caller of a request; empty when nobody recognised one. */
  static Optional<Caller> of(HttpRequest<?> request) {
    return request.getAttribute(ATTRIBUTE, Caller.class);
  }
}
