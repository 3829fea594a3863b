package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.metering.ModelCall.Source;
import dev.tollgate.crd.resolve.ModelPriceView;
import dev.tollgate.gateway.Admission;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One admitted call.
 *
 * @param price that held when it was admitted; null when the model is free
 * @param prompt that its messages were made of
 */
record ModelTask(
    NettyHttpRequest<?> request,
    ModelRequest ask,
    LiveModelRoute route,
    Admission admission,
    @Nullable ModelPriceView price,
    PromptUse prompt) {

  /** The prompt of a call, and the experiment that chose its version; empty texts for none. */
  record PromptUse(String prompt, int version, String experiment, String variant) {
    static final PromptUse NONE = new PromptUse("", 0, "", "");
  }

  /** Its part of the usage record. */
  ModelCall call(String backend, Source source, long cached, long firstNanos, String error) {
    return new ModelCall(
        ask.model(),
        backend,
        source,
        price == null ? "" : price.currency(),
        prompt.prompt(),
        prompt.version(),
        prompt.experiment(),
        prompt.variant(),
        cached,
        millis(System.nanoTime() - admission.began()),
        firstNanos < 0 ? -1 : millis(firstNanos),
        error);
  }

  private static int millis(long nanos) {
    return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos));
  }
}
