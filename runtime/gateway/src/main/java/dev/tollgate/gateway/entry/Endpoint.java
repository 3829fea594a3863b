package dev.tollgate.gateway.entry;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import java.util.concurrent.CompletionStage;

/**
 * Paths that a product line serves by itself, behind the routes: asked for what no ApiRoute
 * matches. Called on the event loop of the connection, and never blocks.
 */
public interface Endpoint {

  /** Whether requests to this path are its own, whatever their method. */
  boolean serves(String path);

  /** Authenticates, admits and answers. */
  CompletionStage<HttpResponse<?>> serve(HttpRequest<?> request);
}
