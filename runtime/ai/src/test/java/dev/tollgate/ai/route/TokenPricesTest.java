package dev.tollgate.ai.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.protocol.Usage;
import dev.tollgate.crd.view.ModelPriceView;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TokenPricesTest {

  private static ModelPriceView price(long per, long each) {
    return new ModelPriceView(Instant.EPOCH, "USD", per, each, each, each, each, each);
  }

  private static Usage used(long in, long out) {
    return new Usage(in, 0, out, false);
  }

  @Test
  void eachPartOfThePromptHasItsPrice() {
    var price = new ModelPriceView(Instant.EPOCH, "USD", 1, 100, 1_000, 10, 125, 200);
    // 1,000 in: 300 read from the cache, 150 written for minutes, 50 for an hour
    var used = new Usage(1_000, 300, 200, 50, 7, false);
    assertThat(TokenPrices.cost(price, used))
        .isEqualTo(500 * 100 + 300 * 10 + 150 * 125 + 50 * 200 + 7 * 1_000);
    assertThat(TokenPrices.most(price, 1_000, 7)).isEqualTo(1_000 * 200 + 7 * 1_000);
    var large =
        new ModelPriceView(Instant.EPOCH, "USD", Long.MAX_VALUE, 1, 1, 1, 1, Long.MAX_VALUE);
    assertThat(TokenPrices.cost(large, new Usage(50, 0, 50, 50, 0, false))).isEqualTo(50);
  }

  @Test
  void aCallIsRoundedUpOnce() {
    assertThat(TokenPrices.cost(price(1_000_000, 10_000_000), used(1, 0))).isEqualTo(10);
    assertThat(TokenPrices.cost(price(3, 1), used(1, 1))).isEqualTo(1);
    assertThat(TokenPrices.cost(null, used(1, 1))).isZero();
  }

  @Test
  void whatIsWrongByFarFitsIntoAMonthsSumWithManyOfItsKind() {
    var most = 1_000_000_000_000_000L;
    assertThat(TokenPrices.cost(price(1, Long.MAX_VALUE), used(most, most))).isEqualTo(most);
    assertThat(TokenPrices.cost(price(1, 1_000_000), used(most / 1_000, 0))).isEqualTo(most);
    assertThat(Math.multiplyExact(most, 9_000)).isPositive();
  }
}
