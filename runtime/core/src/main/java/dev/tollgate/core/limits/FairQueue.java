package dev.tollgate.core.limits;

import dev.tollgate.crd.view.TenantView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A queue in front of one backend that has so many slots. Waiting tenants take turns, each for as
 * many requests as its weight (weighted round robin, Katevenis et al. 1991), so a tenant with a
 * thousand requests waiting delays another by one turn, not by a thousand. When there is no more
 * room to wait, the tenant with the most requests waiting loses its latest. While another tenant
 * waits, one that holds more than half of the slots gets no further one.
 *
 * <p>Any thread may enter; none is blocked beyond the queue's own short lock. A stage that waited
 * completes on the thread that freed the slot, or on the timer's.
 */
public final class FairQueue {
  private static final long TICK_MILLIS = 5;

  // hands over in a loop where a caller closes its permit at once: no recursion, whatever waits
  private static final ThreadLocal<@Nullable ArrayDeque<Waiter>> HANDING = new ThreadLocal<>();

  private final int maxWaiting;
  private final ScheduledExecutorService timer;
  private final Map<String, Line> lines = new HashMap<>();
  private final ArrayDeque<Line> turns = new ArrayDeque<>();
  private final Map<String, Integer> held = new HashMap<>();
  private final int slots;
  private int free;
  private int waiting;
  private boolean ticking;

  /** The right to use one slot; close it exactly once, closing again does nothing. */
  public interface Permit extends AutoCloseable {
    @Override
    void close();
  }

  /** No room to wait. Has no stack trace. */
  public static final class QueueFull extends RuntimeException {
    private static final long serialVersionUID = 1;

    QueueFull(String message) {
      super(message, null, false, false);
    }
  }

  /** The deadline passed while waiting. Has no stack trace. */
  public static final class QueueTimeout extends RuntimeException {
    private static final long serialVersionUID = 1;

    QueueTimeout() {
      super("no slot of the backend came free before the deadline", null, false, false);
    }
  }

  /**
   * @param slots requests the backend works on at once
   * @param maxWaiting requests that may wait, all tenants together
   * @param timer wakes those whose deadline has passed, to within 5 ms; used only while any wait
   */
  public FairQueue(int slots, int maxWaiting, ScheduledExecutorService timer) {
    if (slots < 1 || maxWaiting < 0) {
      throw new IllegalArgumentException(
          "a fair queue needs at least one slot and no negative room, not %d and %d"
              .formatted(slots, maxWaiting));
    }
    this.slots = slots;
    this.free = slots;
    this.maxWaiting = maxWaiting;
    this.timer = timer;
  }

  /** Asks for a slot for a tenant, by the priority of its plan; see the other one. */
  public CompletionStage<Permit> acquire(TenantView tenant, long deadlineNanos) {
    var weight =
        switch (tenant.plan().priority()) {
          case Low -> 1;
          case Normal -> 2;
          case High -> 4;
        };
    return acquire(tenant.tenantId(), weight, deadlineNanos);
  }

  /**
   * Asks for a slot. The stage completes with a permit, or exceptionally with {@link QueueFull} or
   * {@link QueueTimeout}. Cancel it when the client has gone.
   *
   * @param weight requests in a turn, at least 1
   * @param deadlineNanos moment on the scale of {@link System#nanoTime()}
   */
  public CompletionStage<Permit> acquire(String tenantId, int weight, long deadlineNanos) {
    Waiter waiter;
    Waiter evicted = null;
    synchronized (this) {
      if (free > 0) {
        free--;
        hold(tenantId);
        return CompletableFuture.completedFuture(new Slot(tenantId));
      }
      if (deadlineNanos - System.nanoTime() <= 0) {
        return CompletableFuture.failedFuture(new QueueTimeout());
      }
      if (waiting >= maxWaiting) {
        evicted = evict(tenantId);
        if (evicted == null) {
          return CompletableFuture.failedFuture(full());
        }
      }
      Line line = lines.get(tenantId);
      if (line == null) {
        line = new Line(tenantId);
        lines.put(tenantId, line);
        turns.addLast(line);
      }
      line.weight = Math.max(1, weight);
      waiter = new Waiter(tenantId, deadlineNanos);
      line.waiters.addLast(waiter);
      waiting++;
      if (!ticking) {
        ticking = true;
        tickLater();
      }
    }
    if (evicted != null) {
      evicted.completeExceptionally(full());
    }
    return waiter;
  }

  /**
   * Takes out the latest of the tenant that has the most waiting, or null when that is the one who
   * asks; under the lock. Looks at every tenant that waits, which only a full queue costs.
   */
  private @Nullable Waiter evict(String tenantId) {
    Line own = lines.get(tenantId);
    int most = own == null ? 1 : own.waiters.size() + 1;
    Line longest = null;
    for (Line line : turns) {
      if (line != own && line.waiters.size() > most) {
        longest = line;
        most = line.waiters.size();
      }
    }
    if (longest == null) {
      return null;
    }
    waiting--;
    return longest.waiters.pollLast();
  }

  private QueueFull full() {
    return new QueueFull(maxWaiting + " requests wait for the backend already");
  }

  /** Slots in use now. */
  public synchronized int busy() {
    return slots - free;
  }

  /** Requests waiting now. */
  public synchronized int waiting() {
    return waiting;
  }

  private void hold(String tenantId) {
    held.put(tenantId, held.getOrDefault(tenantId, 0) + 1);
  }

  private void release(String tenantId) {
    Waiter next;
    synchronized (this) {
      int left = held.getOrDefault(tenantId, 0) - 1;
      if (left > 0) {
        held.put(tenantId, left);
      } else {
        held.remove(tenantId);
      }
      next = poll();
      if (next == null) {
        free++;
        return;
      }
    }
    ArrayDeque<Waiter> handing = HANDING.get();
    if (handing != null) {
      handing.addLast(next);
      return;
    }
    handing = new ArrayDeque<>();
    HANDING.set(handing);
    try {
      for (Waiter waiter = next; waiter != null; waiter = handing.pollFirst()) {
        Slot slot = new Slot(waiter.tenantId);
        if (!waiter.complete(slot)) {
          slot.close(); // gone meanwhile: the next one's
        }
      }
    } finally {
      HANDING.remove();
    }
  }

  /** The next to be served, or null; under the lock. */
  private @Nullable Waiter poll() {
    while (true) {
      Line line = turns.peekFirst();
      if (line == null) {
        return null;
      }
      if (turns.size() > 1 && 2 * held.getOrDefault(line.tenantId, 0) > slots) {
        // at most one tenant holds so many: the next line is another's
        line.served = 0;
        turns.addLast(turns.removeFirst());
        continue;
      }
      Waiter waiter = line.waiters.pollFirst();
      if (waiter != null) {
        waiting--;
        line.served++;
      }
      if (line.waiters.isEmpty()) {
        turns.removeFirst();
        lines.remove(line.tenantId);
      } else if (line.served >= line.weight) {
        line.served = 0;
        turns.addLast(turns.removeFirst());
      }
      if (waiter != null && !waiter.isDone()) {
        hold(waiter.tenantId);
        return waiter;
      }
    }
  }

  private void tickLater() {
    var _ = timer.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    List<Waiter> late = new ArrayList<>();
    long now = System.nanoTime();
    synchronized (this) {
      for (Line line : turns) {
        line.waiters.removeIf(waiter -> {
          if (waiter.deadlineNanos - now <= 0) {
            late.add(waiter);
          } else if (!waiter.isDone()) {
            return false;
          }
          waiting--;
          return true;
        });
      }
      turns.removeIf(line -> line.waiters.isEmpty() && lines.remove(line.tenantId) != null);
      if (turns.isEmpty()) {
        ticking = false;
      } else {
        tickLater();
      }
    }
    for (Waiter waiter : late) {
      waiter.completeExceptionally(new QueueTimeout());
    }
  }

  /** Those of one tenant who wait; guarded by the queue. */
  private static final class Line {
    final String tenantId;
    final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    int weight = 1;
    int served;

    Line(String tenantId) {
      this.tenantId = tenantId;
    }
  }

  private static final class Waiter extends CompletableFuture<Permit> {
    final String tenantId;
    final long deadlineNanos;

    Waiter(String tenantId, long deadlineNanos) {
      this.tenantId = tenantId;
      this.deadlineNanos = deadlineNanos;
    }
  }

  private final class Slot extends AtomicBoolean implements Permit {
    private static final long serialVersionUID = 1;

    private final String tenantId;

    Slot(String tenantId) {
      this.tenantId = tenantId;
    }

    @Override
    public void close() {
      if (compareAndSet(false, true)) {
        release(tenantId);
      }
    }
  }
}
