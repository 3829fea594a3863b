package dev.tollgate.core.store;

import dev.tollgate.core.metering.ModelCall;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageRecord;
import org.jspecify.annotations.Nullable;

/**
 * How many characters the text columns of a shard hold. What is longer is cut: a ledger that
 * refuses one record refuses what comes after it, too, for every tenant of the shard. Texts that
 * make a key with a tenant are the platform's own and are never cut.
 */
final class Columns {

  static final int NAME = 253;
  static final int PART = 63;
  static final int WORD = 64;
  static final int PRINCIPAL = 512;
  static final int UNIT = 16;
  static final int CURRENCY = 3;

  /** MariaDB's number for a text that the character set of its column cannot hold. */
  static final int NOT_IN_CHARACTER_SET = 1366;

  private Columns() {}

  /**
   * The beginning of a text, no longer than a column. It is counted in UTF-16, of which a database
   * counts no more, and no pair of surrogates is broken.
   */
  static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
  }

  /** The record with what callers named in letters that the oldest databases hold, too. */
  static UsageRecord inAnyCharacterSet(UsageRecord record) {
    var o = record.opening();
    return new UsageRecord(
        record.id(),
        new Opening(
            o.shard(),
            o.tenantId(),
            latin1(o.principal()),
            o.route(),
            o.plan(),
            o.planRevision(),
            o.cycle(),
            o.startedMillis(),
            o.weight()),
        record.endedMillis(),
        record.amounts(),
        record.outcome(),
        record.status(),
        inAnyCharacterSet(record.call()));
  }

  private static @Nullable ModelCall inAnyCharacterSet(@Nullable ModelCall c) {
    return c == null
        ? null
        : new ModelCall(
            latin1(c.model()),
            c.backend(),
            c.source(),
            c.currency(),
            c.prompt(),
            c.promptVersion(),
            c.experiment(),
            c.variant(),
            c.unit(),
            c.cachedTokens(),
            c.cacheWriteTokens(),
            c.cacheWriteHourTokens(),
            c.latencyMillis(),
            c.firstTokenMillis(),
            c.error());
  }

  /** Other letters as JSON escapes them, so that two callers stay two. */
  private static String latin1(String text) {
    if (text.chars().allMatch(c -> c <= 0xff)) {
      return text;
    }
    var out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c <= 0xff) {
        out.append(c);
      } else {
        out.append("\\u%04x".formatted((int) c));
      }
    }
    return out.toString();
  }
}
