package dev.tollgate.ai.route;

import dev.tollgate.ai.cache.AnswerKey;
import dev.tollgate.ai.protocol.ModelRequest;
import dev.tollgate.ai.protocol.Usage;
import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.metering.ModelCall.Source;
import dev.tollgate.crd.view.DisconnectView;
import dev.tollgate.crd.view.ModelPriceView;
import dev.tollgate.gateway.admission.Admission;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One admitted call.
 *
 * @param price that held when it was admitted; null when the model is free
 * @param prompt that its messages were made of
 * @param key under which its answer is kept; null when it is not
 * @param most tokens that its answer may have, where a limit or a quota depends on that and the
 *     client sets no bound; otherwise {@link Long#MAX_VALUE}
 */
record ModelTask(
    NettyHttpRequest<?> request,
    ModelRequest ask,
    LiveModelRoute route,
    Admission admission,
    @Nullable ModelPriceView price,
    PromptUse prompt,
    @Nullable AnswerKey key,
    long most) {

  /**
   * The prompt of a call, and the experiment that chose its version; empty texts for none.
   *
   * @param parameters members of the request that the prompt has set, and not the caller
   */
  record PromptUse(
      String prompt,
      int version,
      String experiment,
      String variant,
      String unit,
      Set<String> parameters) {
    static final PromptUse NONE = new PromptUse("", 0, "", "", "", Set.of());

    PromptUse {
      parameters = Set.copyOf(parameters);
    }
  }

  /** The same call with another request. */
  ModelTask with(ModelRequest masked) {
    return new ModelTask(request, masked, route, admission, price, prompt, key, most);
  }

  /** The same call, whose answer is kept. */
  ModelTask keyed(AnswerKey as) {
    return new ModelTask(request, ask, route, admission, price, prompt, as, most);
  }

  /** What becomes of it when the caller hangs up: what the plan says goes before the route. */
  DisconnectView onDisconnect() {
    var plan = admission.principal().tenant().plan().onDisconnect();
    return plan == null ? route.view().onDisconnect() : plan;
  }

  /** Its part of the usage record. */
  ModelCall call(String backend, Source source, Usage used, long firstNanos, String error) {
    return new ModelCall(
        ask.model(),
        backend,
        source,
        price == null ? "" : price.currency(),
        prompt.prompt(),
        prompt.version(),
        prompt.experiment(),
        prompt.variant(),
        prompt.unit(),
        used.cachedInput(),
        used.cacheWrite(),
        used.cacheWriteHour(),
        millis(System.nanoTime() - admission.began()),
        firstNanos < 0 ? -1 : millis(firstNanos),
        error);
  }

  private static int millis(long nanos) {
    return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos));
  }
}
