package dev.tollgate.core.limits;

import dev.tollgate.crd.view.LimitView;
import org.jspecify.annotations.Nullable;

/** Names a counter among those of one tenant. Equal limits of two targets count apart. */
final class CounterKey {
  private final LimitView limit;
  private final String subject;
  private final int hash;

  CounterKey(LimitView limit, String subject) {
    this.limit = limit;
    this.subject = subject;
    int h = limit.name().hashCode();
    h = 31 * h + limit.policy().hashCode();
    h = 31 * h + limit.targetName().hashCode();
    this.hash = 31 * h + subject.hashCode();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CounterKey key
        && hash == key.hash
        && subject.equals(key.subject)
        && sameCounter(limit, key.limit);
  }

  // quantity and burst may change under a counter that goes on counting; the window may not
  private static boolean sameCounter(LimitView a, LimitView b) {
    return a.window() == b.window()
        && a.name().equals(b.name())
        && a.policy().equals(b.policy())
        && a.targetName().equals(b.targetName())
        && a.targetKind().equals(b.targetKind());
  }

  @Override
  public int hashCode() {
    return hash;
  }

  LimitView limit() {
    return limit;
  }

  /** The name in Redis, without the hash tag; parts are separated by a slash, which no name has. */
  static String text(LimitView limit, String subject) {
    return limit.policy()
        + '/'
        + limit.name()
        + '/'
        + (limit.window() == null ? "c" : limit.window().name())
        + '/'
        + limit.targetKind()
        + '/'
        + limit.targetName()
        + '/'
        + subject;
  }
}
