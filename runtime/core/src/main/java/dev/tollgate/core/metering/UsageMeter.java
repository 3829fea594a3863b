package dev.tollgate.core.metering;

import dev.tollgate.core.metering.UsageLog.Amounts;
import org.jspecify.annotations.Nullable;

/** What plans sell and limits count, by the names they have there. */
public enum UsageMeter {
  REQUESTS("requests"),
  /** Both ways. */
  BYTES("bytes"),
  /** Both ways. */
  TOKENS("tokens"),
  /** In millionths of the minor unit of the currency of the plan. */
  MONEY("money");

  private static final UsageMeter[] ALL = values();

  private final String text;

  UsageMeter(String text) {
    this.text = text;
  }

  /** As plans and policies name it. */
  public String text() {
    return text;
  }

  /** The meter of that name; null for what is no amount of a record, such as concurrency. */
  public static @Nullable UsageMeter of(String text) {
    for (var meter : ALL) {
      if (meter.text.equals(text)) {
        return meter;
      }
    }
    return null;
  }

  /** Units of this meter in what was used. */
  public long in(Amounts amounts) {
    return switch (this) {
      case REQUESTS -> amounts.requests();
      case BYTES -> amounts.bytesIn() + amounts.bytesOut();
      case TOKENS -> amounts.tokensIn() + amounts.tokensOut();
      case MONEY -> amounts.cost();
    };
  }
}
