package dev.tollgate.billing.order;

import dev.tollgate.billing.engine.Adjustment;
import dev.tollgate.billing.engine.AdjustmentPage;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.EngineException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds refunds and disputes that no event told of, or whose last event was lost. A round lists
 * those of the last days, then asks again for each older one that is not settled; what is not
 * written as it is now is looked at as an event would have it. What one call does is bounded, and
 * the next one goes on where it ended; a process that is killed begins anew. The worker's thread.
 */
public final class AdjustmentRound {

  private static final Logger LOG = LoggerFactory.getLogger(AdjustmentRound.class);

  /** A call ends with the page in which it has made so many requests. */
  private static final int REQUESTS = 100;

  private static final int PAGE = 100;

  private final BillingEngine engine;
  private final Notices notices;
  private final Orders orders;
  private final Duration latest;
  private final InstantSource clock;
  private Part part = Part.DONE;
  private Instant after = Instant.EPOCH;
  private @Nullable String next;

  /** Why one of this round, and one of the last, is not known as it is now. */
  private @Nullable String refusal;

  private @Nullable String refused;

  private enum Part {
    REFUNDS,
    DISPUTES,
    UNSETTLED,
    DONE
  }

  /**
   * @param latest how old those are that are listed
   */
  public AdjustmentRound(
      BillingEngine engine, Notices notices, Orders orders, Duration latest, InstantSource clock) {
    this.engine = engine;
    this.notices = notices;
    this.orders = orders;
    this.latest = latest;
    this.clock = clock;
  }

  /** Begins a round, unless one is under way. */
  public void begin() {
    if (part == Part.DONE) {
      part = Part.REFUNDS;
      after = clock.instant().minus(latest);
      next = null;
      refusal = null;
    }
  }

  /**
   * Why a refund or a dispute of the last round is not known as it is now, such as for a permission
   * that the key lacks; null when all are.
   */
  public @Nullable String refused() {
    return refused;
  }

  /**
   * Does a part of the round.
   *
   * @param may asked before each page; false ends the call
   */
  public void work(BooleanSupplier may) {
    int requests = 0;
    while (part != Part.DONE && requests < REQUESTS && may.getAsBoolean()) {
      var page =
          switch (part) {
            case REFUNDS -> engine.refunds(after, next);
            case DISPUTES -> engine.disputes(after, next);
            case UNSETTLED, DONE -> unsettled();
          };
      var news = orders.news(page.found());
      news.forEach(this::look);
      requests += 1 + 2 * news.size() + (part == Part.UNSETTLED ? page.found().size() : 0);
      next = page.next();
      if (next == null) {
        refused = part == Part.UNSETTLED ? refusal : refused;
        part =
            switch (part) {
              case REFUNDS -> Part.DISPUTES;
              case DISPUTES -> Part.UNSETTLED;
              case UNSETTLED, DONE -> Part.DONE;
            };
      }
    }
  }

  /** Those that are not settled as they are now; they may be older than what is listed. */
  private AdjustmentPage unsettled() {
    var written = orders.unsettled(engine.settledStates(), next == null ? "" : next, PAGE);
    List<Adjustment> now = new ArrayList<>();
    for (var one : written) {
      tried(one, () -> now.addAll(engine.adjustments(one.subject(), false)));
    }
    return new AdjustmentPage(now, written.size() < PAGE ? null : written.getLast().id());
  }

  private void look(Adjustment news) {
    tried(news, () -> notices.look(news));
  }

  /** One that the engine refuses to tell of does not keep the others from being looked at. */
  private void tried(Adjustment one, Runnable work) {
    try {
      work.run();
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.REFUSED) {
        throw e;
      }
      refusal =
          "The %s %s is not known as it is now: %s".formatted(one.kind(), one.id(), e.getMessage());
      LOG.warn(refusal);
    }
  }
}
