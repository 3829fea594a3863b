package dev.tollgate.operator.model;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the operator is bringing to replicas, each on a virtual thread of its own. A load that fails
 * is tried again, later each time; one without progress for {@link #PATIENCE} has failed. Kept in
 * memory only: after a restart of the operator Ollama goes on where it was, for what it has of a
 * model is on its volume. Any thread.
 */
final class Loads implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Loads.class);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration SOONEST = Duration.ofSeconds(10);
  private static final Duration LATEST = Duration.ofMinutes(10);

  private final Clock clock;
  private final Map<Key, Load> loads = new ConcurrentHashMap<>();

  /**
   * One model for one replica.
   *
   * @param server the ModelServer
   * @param pod the UID of the replica's pod
   * @param source what the model is made of, see {@link ModelSource#text}
   */
  record Key(String server, String pod, String model, String source) {}

  /** Brings a model. */
  @FunctionalInterface
  interface Work {
    /**
     * @param progress is told how far it is
     */
    void run(Consumer<String> progress) throws IOException, InterruptedException;
  }

  private static final class Load {
    private final int attempt;
    private final @Nullable String before;
    private volatile @Nullable Thread thread;
    private volatile String words = "begun";
    private volatile Instant moved;
    private volatile @Nullable String failure;
    private volatile boolean done;

    Load(int attempt, @Nullable String before, Instant now) {
      this.attempt = attempt;
      this.before = before;
      this.moved = now;
    }
  }

  Loads(Clock clock) {
    this.clock = clock;
  }

  /** Whether a load for the replica is under way. */
  boolean busy(String pod) {
    return loads.entrySet().stream()
        .anyMatch(e -> e.getKey().pod().equals(pod) && isRunning(e.getValue()));
  }

  /** How far it is, in words, or null where nothing is under way. */
  @Nullable String running(Key key) {
    var load = loads.get(key);
    if (load == null || !isRunning(load)) {
      return null;
    }
    var thread = load.thread;
    if (thread != null && load.moved.plus(PATIENCE).isBefore(clock.instant())) {
      thread.interrupt();
    }
    return load.words;
  }

  /**
   * What went wrong, or null. While it is tried again that is told until bytes flow, so that a
   * status does not swing with every attempt.
   */
  @Nullable String failure(Key key) {
    var load = loads.get(key);
    if (load == null || load.done) {
      return null;
    }
    return load.failure == null && !load.words.contains("%") ? load.before : load.failure;
  }

  /** Whether it ended well. */
  boolean done(Key key) {
    var load = loads.get(key);
    return load != null && load.done;
  }

  /** Whether it may be begun: never tried, or long enough ago. */
  boolean due(Key key) {
    var load = loads.get(key);
    if (load == null) {
      return true;
    }
    var wait = SOONEST.multipliedBy(1L << Math.min(load.attempt, 6));
    return load.failure != null
        && !load.moved.plus(wait.compareTo(LATEST) > 0 ? LATEST : wait).isAfter(clock.instant());
  }

  /**
   * Begins one.
   *
   * @param ended called from its thread when it is over
   */
  void begin(Key key, Work work, Runnable ended) {
    var before = loads.get(key);
    var load =
        before == null
            ? new Load(0, null, clock.instant())
            : new Load(before.attempt + 1, before.failure, clock.instant());
    loads.put(key, load);
    load.thread =
        Thread.ofVirtual()
            .name("load " + key.model())
            .start(() -> {
              run(key, load, work);
              ended.run();
            });
  }

  private void run(Key key, Load load, Work work) {
    try {
      work.run(words -> {
        load.words = words;
        load.moved = clock.instant();
      });
      load.done = true;
      load.moved = clock.instant();
    } catch (IOException | RuntimeException e) {
      fail(key, load, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    } catch (InterruptedException e) {
      fail(key, load, "no progress for " + PATIENCE.toMinutes() + " minutes");
    }
  }

  private void fail(Key key, Load load, String why) {
    LOG.info("{} of server {} was not loaded: {}", key.model(), key.server(), why);
    load.moved = clock.instant();
    load.failure = why;
  }

  /** Forgets one that is over; it may be begun anew. */
  void forget(Key key) {
    loads.remove(key);
  }

  /** Ends and forgets those that nobody wants any more. */
  void forgetIf(Predicate<Key> unwanted) {
    loads.forEach((key, load) -> {
      if (unwanted.test(key) && loads.remove(key, load)) {
        var thread = load.thread;
        if (thread != null) {
          thread.interrupt();
        }
      }
    });
  }

  private static boolean isRunning(Load load) {
    return !load.done && load.failure == null;
  }

  @Override
  public void close() {
    forgetIf(key -> true);
  }
}
