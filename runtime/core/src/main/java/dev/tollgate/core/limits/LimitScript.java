package dev.tollgate.core.limits;

import dev.tollgate.engine.limit.Quota;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the script in {@code limits.lua} is given, and what its reply means. */
final class LimitScript {
  enum Operation {
    reserve,
    settle,
    renew
  }

  /** One call of the script. */
  static final class Call {
    final String[] keys;
    final String[] args;

    Call(String[] keys, String[] args) {
      this.keys = keys;
      this.args = args;
    }
  }

  private static final String ZERO = "0";
  private static final int HEAD = 4;
  private static final int FIELDS = 10;

  private LimitScript() {}

  static String source() {
    try (InputStream in = LimitScript.class.getResourceAsStream("limits.lua")) {
      if (in == null) {
        throw new IllegalStateException("limits.lua is missing beside " + LimitScript.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param used units per charge and then per allowance; empty when that means nothing
   */
  static Call call(
      Operation operation,
      String tenantId,
      String requestId,
      List<Charge> charges,
      List<Allowance> allowances,
      long[] used,
      long now,
      String leaseMillis) {
    int count = charges.size() + allowances.size();
    String[] keys = new String[2 * count];
    String[] args = new String[HEAD + FIELDS * count];
    args[0] = operation.name();
    args[1] = Long.toString(now);
    args[2] = leaseMillis;
    args[3] = requestId;
    for (int i = 0; i < charges.size(); i++) {
      put(charges.get(i), tenantId, now, i, keys, args);
    }
    for (int i = charges.size(); i < count; i++) {
      put(allowances.get(i - charges.size()), tenantId, i, keys, args);
    }
    for (int i = 0; i < count; i++) {
      args[HEAD + FIELDS * i + 7] = used.length == 0 ? ZERO : Long.toString(Quota.clamp(used[i]));
    }
    return new Call(keys, args);
  }

  private static void put(
      Charge charge, String tenantId, long now, int i, String[] keys, String[] args) {
    Quota quota = Quotas.of(charge.limit());
    long start = quota.windowStart(now);
    String name = CounterKey.text(charge.limit(), charge.subject());
    String tag = "tg:{" + tenantId + "}:";
    keys[2 * i] = tag + "c:" + name;
    keys[2 * i + 1] = tag + "l:" + name;
    int a = HEAD + FIELDS * i;
    args[a] =
        switch (quota.kind()) {
          case BUCKET -> "b";
          case DAY, MONTH -> "w";
          case CONCURRENCY -> "c";
        };
    args[a + 1] = Long.toString(quota.quantity());
    args[a + 2] = Long.toString(quota.capacity());
    args[a + 3] = Long.toString(quota.periodMillis());
    args[a + 4] = start == 0 ? ZERO : Long.toString(start);
    args[a + 5] = Quotas.leased(charge.limit()) ? "1" : "0";
    args[a + 6] = Long.toString(Quota.clamp(charge.amount()));
    args[a + 8] = start == 0 ? ZERO : Long.toString(quota.windowEnd(start));
    args[a + 9] = ZERO;
  }

  private static void put(
      Allowance allowance, String tenantId, int i, String[] keys, String[] args) {
    String key = "usage:{" + tenantId + "}:" + allowance.meter() + ":" + allowance.cycle();
    String included = Long.toString(Quota.clamp(allowance.included()));
    keys[2 * i] = key;
    keys[2 * i + 1] = key + ":open";
    int a = HEAD + FIELDS * i;
    args[a] = "w";
    args[a + 1] = included;
    args[a + 2] = included;
    args[a + 3] = ZERO;
    args[a + 4] = Long.toString(allowance.startMillis());
    args[a + 5] = allowance.leased() ? "1" : "0";
    args[a + 6] = Long.toString(Quota.clamp(allowance.amount()));
    args[a + 8] = Long.toString(allowance.endMillis());
    args[a + 9] = Long.toString(Quota.clamp(allowance.ledger()));
  }

  static Decision decision(
      List<Charge> charges, List<Allowance> allowances, List<?> reply, long now) {
    int refusedBy = Math.toIntExact((Long) reply.get(0)) - 1;
    boolean allowed = refusedBy < 0;
    List<Decision.State> states = new ArrayList<>(charges.size());
    for (int i = 0; i < charges.size(); i++) {
      Charge charge = charges.get(i);
      long level = (Long) reply.get(2 * i + 1);
      long drained = (Long) reply.get(2 * i + 2);
      boolean fits = allowed || refusedBy >= charges.size();
      states.add(Quotas.state(charge, Quotas.of(charge.limit()), fits, level, drained, now));
    }
    if (refusedBy < charges.size()) {
      return new Decision(allowed, states, refusedBy);
    }
    long used = (Long) reply.get(2 * refusedBy + 1);
    return new Decision(
        false,
        states,
        -1,
        new Allowance.Exhausted(allowances.get(refusedBy - charges.size()), used));
  }
}
