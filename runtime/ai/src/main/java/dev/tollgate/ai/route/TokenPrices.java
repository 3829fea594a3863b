package dev.tollgate.ai.route;

import dev.tollgate.crd.resolve.ModelPriceView;
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
   *
   * @param in tokens in, among them {@code cached}
   */
  static long cost(@Nullable ModelPriceView price, long in, long cached, long out) {
    if (price == null) {
      return 0;
    }
    var ofCache = Math.min(cached, in);
    try {
      var sum =
          Math.addExact(
              Math.addExact(
                  Math.multiplyExact(in - ofCache, price.input()),
                  Math.multiplyExact(ofCache, price.cachedInput())),
              Math.multiplyExact(out, price.output()));
      return Math.min(MOST, Math.ceilDiv(sum, price.per()));
    } catch (ArithmeticException large) {
      return exactly(price, in - ofCache, ofCache, out);
    }
  }

  private static long exactly(ModelPriceView price, long in, long cached, long out) {
    var sum =
        product(in, price.input())
            .add(product(cached, price.cachedInput()))
            .add(product(out, price.output()));
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
