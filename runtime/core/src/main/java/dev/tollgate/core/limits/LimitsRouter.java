package dev.tollgate.core.limits;

import dev.tollgate.crd.limit.LimitBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Sends each charge to where its policy keeps counters, and still takes all or none: memory first,
 * given back when Redis refuses. Without a Redis all counters are in memory.
 */
public final class LimitsRouter implements Limits {
  private final MemoryLimits memory;
  private volatile @Nullable RedisLimits redis;

  public LimitsRouter(MemoryLimits memory, @Nullable RedisLimits redis) {
    this.memory = memory;
    this.redis = redis;
  }

  /**
   * Uses another Redis, or none, from now on. What is reserved in the one before expires there.
   *
   * @return the one before, which nothing uses any more
   */
  public synchronized @Nullable RedisLimits use(@Nullable RedisLimits next) {
    var before = redis;
    redis = next;
    return before;
  }

  /** Forgets counters that are as good as new; call it once a minute. */
  public void sweep() {
    memory.sweep();
    var redis = this.redis;
    if (redis != null) {
      redis.sweep();
    }
  }

  @Override
  public CompletionStage<Decision> reserve(
      String tenantId, String requestId, List<Charge> charges, List<Allowance> allowances) {
    var redis = this.redis;
    int remote = remote(charges);
    if (redis == null || (remote == 0 && allowances.isEmpty())) {
      return memory.reserve(tenantId, requestId, charges);
    }
    if (remote == charges.size()) {
      return redis.reserve(tenantId, requestId, charges, allowances);
    }
    List<Charge> here = part(charges, LimitBackend.Memory);
    Decision first = memory.reserveNow(tenantId, requestId, here);
    if (!first.allowed()) {
      return CompletableFuture.completedFuture(refusedHere(charges, here, first));
    }
    return redis
        .reserve(tenantId, requestId, part(charges, LimitBackend.Redis), allowances)
        .thenApply(second -> {
          if (!second.allowed()) {
            memory.settle(tenantId, requestId, here, new long[here.size()]);
          }
          return merged(charges, first, second);
        });
  }

  @Override
  public void settle(
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used) {
    var redis = this.redis;
    int remote = remote(charges);
    if (redis == null || (remote == 0 && allowances.isEmpty())) {
      memory.settle(tenantId, requestId, charges, used);
    } else if (remote == charges.size()) {
      redis.settle(tenantId, requestId, charges, allowances, used);
    } else {
      memory.settle(
          tenantId,
          requestId,
          part(charges, LimitBackend.Memory),
          part(charges, used, LimitBackend.Memory));
      redis.settle(
          tenantId,
          requestId,
          part(charges, LimitBackend.Redis),
          allowances,
          there(charges, allowances, used));
    }
  }

  @Override
  public CompletionStage<Boolean> renew(
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used) {
    var redis = this.redis;
    if (redis == null) {
      return memory.renew(tenantId, requestId, charges, used);
    }
    return memory
        .renew(
            tenantId,
            requestId,
            part(charges, LimitBackend.Memory),
            part(charges, used, LimitBackend.Memory))
        .thenCombine(
            redis.renew(
                tenantId,
                requestId,
                part(charges, LimitBackend.Redis),
                allowances,
                there(charges, allowances, used)),
            Boolean::logicalAnd);
  }

  private static int remote(List<Charge> charges) {
    int remote = 0;
    for (int i = 0; i < charges.size(); i++) {
      if (charges.get(i).limit().backend() == LimitBackend.Redis) {
        remote++;
      }
    }
    return remote;
  }

  private static List<Charge> part(List<Charge> charges, LimitBackend backend) {
    List<Charge> part = new ArrayList<>(charges.size());
    for (Charge charge : charges) {
      if (charge.limit().backend() == backend) {
        part.add(charge);
      }
    }
    return part;
  }

  private static long[] part(List<Charge> charges, long[] used, LimitBackend backend) {
    long[] part = new long[used.length];
    int count = 0;
    for (int i = 0; i < charges.size(); i++) {
      if (charges.get(i).limit().backend() == backend) {
        part[count++] = used[i];
      }
    }
    return part;
  }

  /** What was used of the charges in Redis, and of the allowances, which are all there. */
  private static long[] there(List<Charge> charges, List<Allowance> allowances, long[] used) {
    long[] there = part(charges, used, LimitBackend.Redis);
    System.arraycopy(used, charges.size(), there, remote(charges), allowances.size());
    return there;
  }

  // Redis was not asked: nothing is known of its counters, so only those here are told
  private static Decision refusedHere(List<Charge> charges, List<Charge> here, Decision first) {
    List<Decision.State> states = new ArrayList<>(charges.size());
    int next = 0;
    for (Charge charge : charges) {
      states.add(
          charge.limit().backend() == LimitBackend.Memory
              ? first.states().get(next++)
              : new Decision.State(charge, Quotas.of(charge.limit()).capacity(), 0, 0));
    }
    return new Decision(false, states, charges.indexOf(here.get(first.refusedBy())));
  }

  private static Decision merged(List<Charge> charges, Decision first, Decision second) {
    List<Decision.State> states = new ArrayList<>(charges.size());
    int a = 0;
    int b = 0;
    int refusedBy = -1;
    for (int i = 0; i < charges.size(); i++) {
      if (charges.get(i).limit().backend() == LimitBackend.Memory) {
        states.add(first.states().get(a++));
      } else {
        if (second.refusedBy() == b) {
          refusedBy = i;
        }
        states.add(second.states().get(b++));
      }
    }
    return new Decision(second.allowed(), states, refusedBy, second.exhausted());
  }
}
