package dev.tollgate.ai.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.tollgate.gateway.GatewaySettings;
import io.micronaut.context.annotation.Property;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The answers that this process keeps, within a number of bytes that all tenants share. */
@Singleton
public final class AnswerCache {

  /** An answer may take no more than this part of the whole. */
  private static final int PART = 8;

  /** What an answer takes besides its body and its key: objects, and its place in the cache. */
  private static final int BESIDES = 512;

  private record Kept(CachedAnswer answer, Duration ttl) {}

  private final Cache<AnswerKey, Kept> answers;
  private final int most;

  /**
   * @param bytes that the answers take at most; {@link GatewaySettings#CACHE_BYTES} unless set
   */
  @Inject
  public AnswerCache(
      @Property(name = "tollgate.models.cache-bytes", defaultValue = "-1") long bytes) {
    this(bytes < 0 ? GatewaySettings.CACHE_BYTES : bytes, Ticker.systemTicker());
  }

  AnswerCache(long bytes, Ticker ticker) {
    most = (int) Math.min(Integer.MAX_VALUE - 8, bytes / PART);
    answers =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .<AnswerKey, Kept>weigher((key, kept) ->
                (int)
                    Math.min(
                        Integer.MAX_VALUE, BESIDES + key.weight() + kept.answer().body().length))
            .expireAfter(Expiry.<AnswerKey, Kept>creating((key, kept) -> kept.ttl()))
            .ticker(ticker)
            // what is too much goes at once, so that the bound holds at every moment
            .executor(Runnable::run)
            .build();
  }

  /** Bytes of the largest answer that is kept. */
  int most() {
    return most;
  }

  @Nullable CachedAnswer find(AnswerKey key) {
    var kept = answers.getIfPresent(key);
    return kept == null ? null : kept.answer();
  }

  void keep(AnswerKey key, CachedAnswer answer, Duration ttl) {
    if (answer.body().length <= most) {
      answers.put(key, new Kept(answer, ttl));
    }
  }
}
