package dev.tollgate.core.limits;

import dev.tollgate.crd.limit.LimitBackend;
import dev.tollgate.crd.limit.LimitBy;
import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.limit.Window;
import dev.tollgate.crd.view.LimitView;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Limits as the tests write them. */
final class Given {
  static final String TENANT = "default/t1";

  private Given() {}

  static LimitView limit(String name, String meter, long quantity, @Nullable Window per) {
    return limit(name, meter, quantity, quantity, per, LimitBackend.Memory, WhenUnavailable.Open);
  }

  static LimitView redis(
      String name, long quantity, @Nullable Window per, WhenUnavailable whenUnavailable) {
    String meter = per == null ? "concurrency" : "requests";
    return limit(name, meter, quantity, quantity, per, LimitBackend.Redis, whenUnavailable);
  }

  static LimitView limit(
      String name,
      String meter,
      long quantity,
      long burst,
      @Nullable Window per,
      LimitBackend backend,
      WhenUnavailable whenUnavailable) {
    return new LimitView(
        "basic-limits",
        name,
        meter,
        quantity,
        per,
        burst,
        LimitBy.Tenant,
        backend,
        whenUnavailable,
        "Plan",
        "basic");
  }

  static Charge one(LimitView limit) {
    return new Charge(limit, "", 1);
  }

  static <T> T now(CompletionStage<T> decision) throws Exception {
    return decision.toCompletableFuture().get(5, TimeUnit.SECONDS);
  }
}
