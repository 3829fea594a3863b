package dev.tollgate.gateway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class FreshnessTest {

  private static final long NOW = Instant.parse("2026-11-28T09:00:00Z").toEpochMilli();

  private static long age(String stated) {
    return freshness(Map.of("Age", stated)).ageSeconds(NOW);
  }

  /** In milliseconds. */
  private static long fresh(String name, String value) {
    return freshness(Map.of(name, value)).freshMillis();
  }

  private static Freshness freshness(Map<String, String> answer) {
    ResponseCache.Headers headers =
        name -> answer.containsKey(name) ? List.of(answer.get(name)) : List.of();
    return Freshness.of(CacheControl.of(headers), headers, NOW, NOW, 1000);
  }

  /** Some caches in front of a backend add their own (RFC 9111, 5.1). */
  @Test
  void theFirstOfSeveralAgesCounts() {
    assertThat(age("7200, 0")).isEqualTo(7200);
    assertThat(age("0,7200")).isZero();
  }

  @Test
  void anAgeThatIsTooLargeIsNoneTheLessOld() {
    assertThat(age("2147483648")).isEqualTo(Integer.MAX_VALUE);
    assertThat(age("99999999999999999999")).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void anAgeThatIsNoNumberIsPassedOver() {
    for (var stated : new String[] {"", "old", "-7200", "7200.0", "7200;x=1"}) {
      assertThat(age(stated)).as(stated).isZero();
    }
  }

  @Test
  void howLongItIsFreshIsWhatItSays() {
    assertThat(fresh("Cache-Control", "Max-Age=\"0000000060\", max-age=1")).isEqualTo(60_000);
    assertThat(fresh("Cache-Control", "max-age=1, s-maxage=60")).isEqualTo(60_000);
    assertThat(fresh("Cache-Control", "x=\"max-age=60\", max-age=60.5")).isZero();
    assertThat(fresh("Cache-Control", "public")).as("it does not say").isEqualTo(1000);
    assertThat(fresh("Expires", "Sat, 28 Nov 2026 09:01:00 GMT")).isEqualTo(60_000);
    assertThat(fresh("Expires", "Saturday, 28-Nov-26 09:01:00 GMT")).isEqualTo(60_000);
    assertThat(fresh("Expires", "Sat, 28 Nov 2026 9:01:00 GMT")).as("malformed").isZero();
    assertThat(fresh("Expires", "0")).isZero();
  }
}
