package dev.tollgate.gateway.admission;

import dev.tollgate.core.access.Principal;
import dev.tollgate.core.metering.UsageLog.Outcome;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.net.URI;

/** The spans of one request: the server's, and one for each try at a backend. */
public final class Trace {

  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private final Tracer tracer;
  private final Context context;
  private final Span server;

  Trace(Tracer tracer, Context parent, Span server) {
    this.tracer = tracer;
    this.server = server;
    this.context = parent.with(server);
  }

  String traceId() {
    return server.getSpanContext().getTraceId();
  }

  public void admitted(Principal principal, String requestId) {
    server.setAttribute("tollgate.tenant", principal.tenant().name());
    server.setAttribute("tollgate.tenant_id", principal.tenant().tenantId());
    server.setAttribute("tollgate.plan", principal.tenant().plan().name());
    server.setAttribute("tollgate.request_id", requestId);
  }

  /** Begins the span of a try; end it with {@link #answered} or {@link #failed}. */
  public Span attempt(URI url, String backend, String method, int resend) {
    var span =
        tracer
            .spanBuilder(method)
            .setSpanKind(SpanKind.CLIENT)
            .setParent(context)
            .setAttribute("http.request.method", method)
            .setAttribute("server.address", url.getHost())
            .setAttribute("tollgate.backend", backend);
    if (resend > 0) {
      span.setAttribute("http.request.resend_count", resend);
    }
    return span.startSpan();
  }

  /** Ends the span of a try that was answered. */
  public static void answered(Span span, int status) {
    span.setAttribute(STATUS, (long) status);
    if (status >= 500) {
      span.setAttribute(ERROR, Integer.toString(status)).setStatus(StatusCode.ERROR);
    }
    span.end();
  }

  /** Ends the span of a try that was not. */
  public static void failed(Span span, String reason) {
    span.setAttribute(ERROR, reason).setStatus(StatusCode.ERROR);
    span.end();
  }

  /** The request was refused. */
  public void refused(int status, String reason) {
    server.setAttribute(ERROR, reason);
    end(status, Outcome.COMPLETE);
  }

  void end(int status, Outcome outcome) {
    server.setAttribute(STATUS, (long) status);
    if (status >= 500) {
      server.setStatus(StatusCode.ERROR);
    }
    server.setAttribute("tollgate.outcome", outcome.name());
    server.end();
  }
}
