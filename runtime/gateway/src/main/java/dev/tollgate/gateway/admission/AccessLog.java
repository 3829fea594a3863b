package dev.tollgate.gateway.admission;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Outcome;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line a request, with tenant, route and trace id as fields of their own: for every request
 * when the logger {@code access} is at DEBUG, otherwise for those the backend failed.
 */
@Singleton
final class AccessLog {

  private static final Logger LOG = LoggerFactory.getLogger("access");

  void ended(Admission admission, Amounts amounts, Outcome outcome, int status, long nanos) {
    var failed = status >= 500;
    if (!failed && !LOG.isDebugEnabled()) {
      return;
    }
    var trace = admission.trace();
    var line =
        (failed ? LOG.atInfo() : LOG.atDebug())
            .addKeyValue("tenant", admission.principal().tenant().name())
            .addKeyValue("tenant_id", admission.principal().tenant().tenantId())
            .addKeyValue("route", admission.product().name())
            .addKeyValue("request_id", admission.id())
            .addKeyValue("status", status)
            .addKeyValue("outcome", outcome)
            .addKeyValue("millis", nanos / 1_000_000)
            .addKeyValue("bytes_in", amounts.bytesIn())
            .addKeyValue("bytes_out", amounts.bytesOut());
    if (amounts.tokensIn() + amounts.tokensOut() > 0) {
      line =
          line.addKeyValue("tokens_in", amounts.tokensIn())
              .addKeyValue("tokens_out", amounts.tokensOut());
    }
    if (trace != null) {
      line = line.addKeyValue("trace_id", trace.traceId());
    }
    line.log("{} {}", admission.product().name(), status);
  }
}
