package dev.tollgate.ai.route;

import dev.tollgate.gateway.admission.Admission;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory of the bodies of calls to models, which are held whole until their call has
 * ended: of all tenants together, and half of that of one, so that none can take it from the
 * others.
 */
@Singleton
final class HeldBodies {

  /** Of each body that are not counted: a connection costs as much. */
  static final int FREE = 8 << 10;

  private final long most;
  private final AtomicLong held = new AtomicLong();
  private final ConcurrentHashMap<String, Long> byTenant = new ConcurrentHashMap<>();

  HeldBodies(ModelSettings settings, MeterRegistry meters) {
    this.most =
        settings.heldRequestBytes() > 0
            ? settings.heldRequestBytes()
            : Runtime.getRuntime().maxMemory() / 4;
    Gauge.builder("tollgate.models.held.bytes", held, AtomicLong::doubleValue)
        .description("Bytes of requests to models that are held until their calls have ended")
        .baseUnit("bytes")
        .register(meters);
  }

  /** There is no room for a body. Has no stack trace. */
  static final class Full extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final boolean ofTenant;

    Full(boolean ofTenant) {
      super("no room for the body", null, false, false);
      this.ofTenant = ofTenant;
    }

    /** Whether it is the tenant's own share that is full. */
    boolean ofTenant() {
      return ofTenant;
    }
  }

  Held of(String tenantId) {
    return new Held(tenantId);
  }

  /** What one body holds. */
  final class Held {
    private final String tenantId;
    private long bytes;
    private boolean kept;

    private Held(String tenantId) {
      this.tenantId = tenantId;
    }

    /** Makes room for a body of that many bytes in all; throws {@link Full} when there is none. */
    synchronized void grow(long total) {
      var more = total - FREE - bytes;
      if (more <= 0) {
        return;
      }
      if (held.addAndGet(more) > most) {
        held.addAndGet(-more);
        throw new Full(false);
      }
      var fits = new boolean[1];
      byTenant.compute(
          tenantId,
          (id, sum) -> {
            var all = (sum == null ? 0 : sum) + more;
            fits[0] = all <= most / 2;
            return fits[0] ? Long.valueOf(all) : sum;
          });
      if (!fits[0]) {
        held.addAndGet(-more);
        throw new Full(true);
      }
      bytes += more;
    }

    /** Holds it until a call has ended, however it ends. */
    synchronized void keepUntilEndOf(Admission admission) {
      if (bytes > 0) {
        kept = true;
        admission.onEnd(this::close);
      }
    }

    synchronized void closeUnlessKept() {
      if (!kept) {
        close();
      }
    }

    /** Gives the room back; again does nothing. */
    private synchronized void close() {
      if (bytes > 0) {
        var given = bytes;
        bytes = 0;
        held.addAndGet(-given);
        byTenant.computeIfPresent(
            tenantId, (id, sum) -> sum <= given ? null : Long.valueOf(sum - given));
      }
    }
  }
}
