package dev.tollgate.ai.route;

import dev.tollgate.ai.protocol.Usage;
import dev.tollgate.crd.view.ModelPriceView;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What tokens cost, in millionths of the minor unit of the price's currency. */
final class TokenPrices {

  private static final long MOST = 1_000_000_000_000_000L;

  private TokenPrices() {}

  /**
   * The price that holds at a moment; null when the model is free then.
   *
   * @param prices newest first
   */
  static @Nullable ModelPriceView at(List<ModelPriceView> prices, long millis) {
    for (var price : prices) {
      if (price.from().toEpochMilli() <= millis) {
        return price;
      }
    }
    return null;
  }

  /**
   * The cost of one call, rounded up once; at most {@value #MOST}, so that what is wrong by far
   * does not keep a month's sum from holding the rest.
   */
  static long cost(@Nullable ModelPriceView price, Usage used) {
    if (price == null) {
      return 0;
    }
    try {
      var sum =
          Math.addExact(
              Math.addExact(
                  Math.multiplyExact(plain(used), price.input()),
                  Math.multiplyExact(used.cachedInput(), price.cachedInput())),
              Math.addExact(
                  Math.addExact(
                      Math.multiplyExact(
                          used.cacheWrite() - used.cacheWriteHour(), price.cacheWrite()),
                      Math.multiplyExact(used.cacheWriteHour(), price.cacheWriteHour())),
                  Math.multiplyExact(used.output(), price.output())));
      return Math.min(MOST, Math.ceilDiv(sum, price.per()));
    } catch (ArithmeticException large) {
      return exactly(price, used);
    }
  }

  /** The most that a call of so many tokens costs, whatever of it goes through a cache. */
  static long most(@Nullable ModelPriceView price, long in, long out) {
    return Math.max(
        Math.max(
            cost(price, new Usage(in, 0, out, true)), cost(price, new Usage(in, in, out, true))),
        Math.max(
            cost(price, new Usage(in, 0, in, 0, out, true)),
            cost(price, new Usage(in, 0, in, in, out, true))));
  }

  /** Tokens of the prompt that have to do with no cache. */
  private static long plain(Usage used) {
    return used.input() - used.cachedInput() - used.cacheWrite();
  }

  private static long exactly(ModelPriceView price, Usage used) {
    var sum =
        product(plain(used), price.input())
            .add(product(used.cachedInput(), price.cachedInput()))
            .add(product(used.cacheWrite() - used.cacheWriteHour(), price.cacheWrite()))
            .add(product(used.cacheWriteHour(), price.cacheWriteHour()))
            .add(product(used.output(), price.output()));
    var parts = sum.divideAndRemainder(BigInteger.valueOf(price.per()));
    return parts[0]
        .add(BigInteger.valueOf(parts[1].signum()))
        .min(BigInteger.valueOf(MOST))
        .longValueExact();
  }

  private static BigInteger product(long a, long b) {
    return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
  }
}
