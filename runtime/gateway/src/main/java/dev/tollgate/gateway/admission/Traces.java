package dev.tollgate.gateway.admission;

import dev.tollgate.gateway.http.RequestTarget;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpHeaders;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * Traces as OpenTelemetry has them (semantic conventions for HTTP), where an exporter is set; where
 * none is, a caller's {@code traceparent} is passed on, and nothing is measured.
 */
@Singleton
public final class Traces {

  private static final TextMapGetter<HttpHeaders> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(HttpHeaders headers) {
          return headers.names();
        }

        @Override
        public @Nullable String get(@Nullable HttpHeaders headers, String name) {
          return headers == null ? null : headers.get(name);
        }
      };

  private final @Nullable Tracer tracer;
  private final TextMapPropagator propagator;

  Traces(OpenTelemetry telemetry) {
    var on = !telemetry.equals(OpenTelemetry.noop());
    this.tracer = on ? telemetry.getTracer("dev.tollgate.gateway") : null;
    this.propagator = telemetry.getPropagators().getTextMapPropagator();
  }

  /**
   * Begins the trace of a request, or null where traces are off.
   *
   * @param path of the route
   */
  public @Nullable Trace begin(HttpRequest<?> request, Product product, String path) {
    if (tracer == null) {
      return null;
    }
    var parent = propagator.extract(Context.root(), request.getHeaders(), GETTER);
    var server =
        tracer
            .spanBuilder(request.getMethodName() + " " + path)
            .setSpanKind(SpanKind.SERVER)
            .setParent(parent)
            .setAttribute("http.request.method", request.getMethodName())
            .setAttribute("http.route", path)
            .setAttribute("url.path", RequestTarget.of(request).path())
            .setAttribute("url.scheme", request.isSecure() ? "https" : "http")
            .setAttribute("tollgate.route", product.name())
            .startSpan();
    return new Trace(tracer, parent, server);
  }

  /** Tells a backend of the span that it is called in. */
  public void inject(Span span, MutableHttpHeaders headers) {
    propagator.inject(
        Context.root().with(span), headers, (carrier, name, value) -> headers.set(name, value));
  }
}
