package dev.tollgate.ai.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.resolve.ModelPriceView;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TokenPricesTest {

  private static ModelPriceView price(long per, long each) {
    return new ModelPriceView(Instant.EPOCH, "USD", per, each, each, each);
  }

  @Test
  void aCallIsRoundedUpOnce() {
    assertThat(TokenPrices.cost(price(1_000_000, 10_000_000), 1, 0, 0)).isEqualTo(10);
    assertThat(TokenPrices.cost(price(3, 1), 1, 0, 1)).isEqualTo(1);
    assertThat(TokenPrices.cost(null, 1, 0, 1)).isZero();
  }

  @Test
  void whatIsWrongByFarFitsIntoAMonthsSumWithManyOfItsKind() {
    var most = 1_000_000_000_000_000L;
    assertThat(TokenPrices.cost(price(1, Long.MAX_VALUE), most, 0, most)).isEqualTo(most);
    assertThat(TokenPrices.cost(price(1, 1_000_000), most / 1_000, 0, 0)).isEqualTo(most);
    assertThat(Math.multiplyExact(most, 9_000)).isPositive();
  }
}
