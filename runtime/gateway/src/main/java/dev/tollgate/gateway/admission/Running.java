package dev.tollgate.gateway.admission;

import dev.tollgate.core.access.Authentication;
import dev.tollgate.core.access.Authenticator;
import dev.tollgate.gateway.GatewaySettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admitted requests that have not ended. Those that take long are renewed: a reservation expires
 * after 60 s, and what a stream has used would be lost with the process unless it is noted now and
 * then. Once a second they pay for their bytes. A long answer, or a connection that left HTTP, is
 * cut off when its caller would not be let in any more.
 */
@Singleton
public final class Running {

  private static final Logger LOG = LoggerFactory.getLogger(Running.class);

  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final Set<Admission> streams = ConcurrentHashMap.newKeySet();
  private final Authenticator authenticator;
  private final long period;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("running").factory());
  private long endedBefore;
  private volatile double perSecond;

  Running(MeterRegistry meters, Authenticator authenticator, GatewaySettings settings) {
    this.authenticator = authenticator;
    this.period = settings.renew().toNanos();
    var _ = timer.scheduleWithFixedDelay(this::renew, period, period, TimeUnit.NANOSECONDS);
    var _ = timer.scheduleWithFixedDelay(this::payForBytes, 1, 1, TimeUnit.SECONDS);
    var _ = timer.scheduleAtFixedRate(this::measure, 5, 5, TimeUnit.SECONDS);
    Gauge.builder("tollgate.requests.running", this, Running::count)
        .description("Admitted requests that have not ended")
        .register(meters);
    Gauge.builder("tollgate.requests.per.second", this, r -> r.perSecond)
        .description("Requests that ended in the last 5 s, a second; for autoscaling")
        .register(meters);
  }

  void begin(Admission admission) {
    begun.increment();
    if (admission.mayTakeLong()) {
      streams(admission);
    }
  }

  void end(Admission admission) {
    ended.increment();
    streams.remove(admission);
  }

  /** It may take long. */
  void streams(Admission admission) {
    streams.add(admission);
    if (admission.hasEnded()) {
      streams.remove(admission);
    }
  }

  /** How many there are now. */
  public long count() {
    // read in this order, so that it is never too small
    var before = ended.sum();
    return begun.sum() - before;
  }

  private void measure() {
    var now = ended.sum();
    perSecond = (now - endedBefore) / 5.0;
    endedBefore = now;
  }

  private void payForBytes() {
    for (var admission : streams) {
      try {
        admission.payForBytes();
      } catch (RuntimeException e) {
        LOG.warn("The bytes of request {} were not paid for", admission.id(), e);
      }
    }
  }

  private void renew() {
    var now = System.nanoTime();
    for (var admission : streams) {
      try {
        lookAgain(admission);
      } catch (RuntimeException e) {
        LOG.warn("The caller of request {} was not looked at again", admission.id(), e);
      }
      if (now - admission.began() > period) {
        try {
          admission.renew();
        } catch (RuntimeException e) {
          LOG.warn("The reservation of request {} was not renewed", admission.id(), e);
        }
      }
    }
  }

  /** Never blocks. A tenant that cannot be served just now (503) keeps what it has. */
  private void lookAgain(Admission admission) {
    if (admission.canBeCutOff()) {
      var _ =
          authenticator
              .authenticate(admission.authorization(), admission.address())
              .thenAccept(outcome -> {
                var good =
                    switch (outcome) {
                      case Authentication.Refused refused -> refused.problem().status() != 401;
                      case Authentication.Granted granted ->
                          Gate.suspended(granted.principal()) == null;
                    };
                if (!good) {
                  admission.cutOff();
                }
              });
    }
  }

  @PreDestroy
  void close() {
    timer.shutdownNow();
  }
}
