package dev.tollgate.core.limits;

import static dev.tollgate.core.limits.Given.TENANT;
import static dev.tollgate.core.limits.Given.limit;
import static dev.tollgate.core.limits.Given.one;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.limit.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimitHeadersTest {
  private final MemoryLimits limits =
      new MemoryLimits(
          InstantSource.fixed(Instant.parse("2026-03-01T23:59:00.001Z")),
          10,
          Duration.ofSeconds(60));

  @Test
  void tellsEveryLimitAndWhatIsLeft() {
    Decision decision =
        limits.reserveNow(
            TENANT,
            "a",
            List.of(
                one(limit("tenant", "requests", 500, Window.Second)),
                new Charge(limit("spend", "money", 100, Window.Day), "", 40),
                one(limit("open", "concurrency", 50, null))));
    assertThat(RateLimitHeaders.policy(decision))
        .isEqualTo(
            "\"tenant\";q=500;w=1, \"spend\";q=100;qu=\"money\";w=86400,"
                + " \"open\";q=50;qu=\"concurrent-requests\"");
    assertThat(RateLimitHeaders.limit(decision))
        .isEqualTo("\"tenant\";r=499;t=1, \"spend\";r=60;t=60, \"open\";r=49");
    assertThat(RateLimitHeaders.retryAfterSeconds(decision)).isEqualTo(-1);
  }

  @Test
  void aRefusalNamesTheLimitAndTheWait() {
    List<Charge> charges = List.of(one(limit("key", "requests", 1, Window.Minute)));
    limits.reserveNow(TENANT, "a", charges);
    Problem problem = RateLimitHeaders.refusal(limits.reserveNow(TENANT, "b", charges), null);
    assertThat(problem.status()).isEqualTo(429);
    assertThat(problem.type()).isEqualTo("rate-limited");
    assertThat(problem.headers())
        .containsEntry("Retry-After", "60")
        .containsEntry("RateLimit", "\"key\";r=0;t=60");
    assertThat(problem.members())
        .containsEntry("limit", "key")
        .containsEntry("policy", "basic-limits")
        .containsEntry("retryAfterMillis", 60_000L);
    assertThat(problem.detail()).contains("1 requests per minute").contains("60 s");
  }

  @Test
  void aLimitOfZeroForbids() {
    Problem problem =
        RateLimitHeaders.refusal(
            limits.reserveNow(
                TENANT, "a", List.of(one(limit("none", "requests", 0, Window.Minute)))),
            null);
    assertThat(problem.status()).isEqualTo(403);
    assertThat(problem.headers()).doesNotContainKey("Retry-After");
  }

  @Test
  void aRequestLargerThanTheLimitIsNotToldToWait() {
    Problem problem =
        RateLimitHeaders.refusal(
            limits.reserveNow(
                TENANT,
                "a",
                List.of(new Charge(limit("tokens", "tokens", 10, Window.Minute), "", 11))),
            null);
    assertThat(problem.type()).isEqualTo("over-limit-size");
    assertThat(problem.headers()).doesNotContainKey("Retry-After");
  }

  @Test
  void moneyIsToldInItsCurrency() {
    Decision decision =
        limits.reserveNow(
            TENANT,
            "a",
            List.of(new Charge(limit("spend", "money", 1_000_000, Window.Day), "", 1_001_700)));

    assertThat(RateLimitHeaders.refusal(decision, "USD").detail())
        .isEqualTo(
            "Limit \"spend\" of 0.01 USD per day is less than this request may cost"
                + " (0.010017 USD); make the request smaller.");
    assertThat(RateLimitHeaders.refusal(decision, "JPY").detail())
        .contains("of 1 JPY per day", "(1.0017 JPY)");
    assertThat(RateLimitHeaders.refusal(decision, null).detail())
        .isEqualTo(
            "Limit \"spend\" of money per day is less than this request may cost;"
                + " make the request smaller.");
  }

  @Test
  void withoutLimitsThereAreNoHeaders() {
    assertThat(RateLimitHeaders.policy(Decision.UNLIMITED)).isNull();
    assertThat(RateLimitHeaders.limit(Decision.UNLIMITED)).isNull();
  }
}
