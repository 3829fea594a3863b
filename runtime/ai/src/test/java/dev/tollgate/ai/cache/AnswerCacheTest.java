package dev.tollgate.ai.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ai.protocol.Usage;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long and how many answers are kept. */
class AnswerCacheTest {

  private static final Usage USAGE = new Usage(7, 0, 5, false);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final AtomicLong now = new AtomicLong();
  private final AnswerCache cache = new AnswerCache(80_000, now::get);

  private static AnswerKey key(int number) {
    return new AnswerKey("tenant", "route", "digest" + number);
  }

  @Test
  void anAnswerIsKeptForAsLongAsItsRouteSays() {
    cache.keep(key(1), new CachedAnswer(new byte[10], USAGE), MINUTE);

    now.addAndGet(MINUTE.toNanos() - 1);
    assertThat(cache.find(key(1))).isNotNull();
    now.addAndGet(2);
    assertThat(cache.find(key(1))).isNull();
  }

  @Test
  void answersTakeNoMoreBytesThanTheyMay() {
    for (int i = 0; i < 100; i++) {
      cache.keep(key(i), new CachedAnswer(new byte[10_000], USAGE), MINUTE);
    }
    int kept = 0;
    for (int i = 0; i < 100; i++) {
      kept += cache.find(key(i)) == null ? 0 : 1;
    }
    assertThat(kept).isLessThan(20);
  }

  @Test
  void whatAnswersAreFoundByTakesItsPartOfTheBytes() {
    for (int i = 0; i < 1000; i++) {
      cache.keep(key(i), new CachedAnswer(new byte[2], USAGE), MINUTE);
    }
    int kept = 0;
    for (int i = 0; i < 1000; i++) {
      kept += cache.find(key(i)) == null ? 0 : 1;
    }
    assertThat(kept).isBetween(50, 80_000 / 512);
  }

  @Test
  void oneAnswerMayNotTakeMostOfTheCache() {
    cache.keep(key(1), new CachedAnswer(new byte[10_001], USAGE), MINUTE);

    assertThat(cache.find(key(1))).isNull();
  }

  @Test
  void anotherTenantDoesNotFindIt() {
    cache.keep(key(1), new CachedAnswer(new byte[10], USAGE), MINUTE);

    assertThat(cache.find(new AnswerKey("other", "route", "digest1"))).isNull();
  }
}
