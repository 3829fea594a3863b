package dev.tollgate.ai.cache;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Calls for answers that are not there yet: of equal ones that run at once the first asks the
 * model, and the others wait for its answer. Any thread; nothing here blocks.
 */
public final class Flights {

  private final ConcurrentMap<AnswerKey, Flight> flights = new ConcurrentHashMap<>();
  private final int mostWaiting;

  /**
   * @param mostWaiting calls that wait for one answer at most
   */
  Flights(int mostWaiting) {
    this.mostWaiting = mostWaiting;
  }

  /** One call to the model, for an answer that others may wait for. */
  public final class Flight {
    private final AnswerKey key;
    private final CompletableFuture<Optional<CachedAnswer>> landing = new CompletableFuture<>();
    private final AtomicInteger waiting = new AtomicInteger();

    private Flight(AnswerKey key) {
      this.key = key;
    }

    private void land(Optional<CachedAnswer> answer) {
      // before anyone hears of it, so that the next that tries does not find this one again
      flights.remove(key, this);
      landing.complete(answer);
    }
  }

  /**
   * The part of one call in a flight.
   *
   * @param leads whether it asks the model
   */
  public record Place(Flight flight, boolean leads) {

    /** What the others wait for: nothing where the one that asked has no answer. */
    public CompletionStage<Optional<CachedAnswer>> landing() {
      return flight.landing;
    }

    /** It leads, and has ended; without an answer unless one has landed before. */
    public void ended() {
      flight.land(Optional.empty());
    }

    /** It waits no longer. */
    public void left() {
      flight.waiting.decrementAndGet();
    }
  }

  /** Null when too many wait already. */
  @Nullable Place board(AnswerKey key) {
    var own = new Flight(key);
    var other = flights.putIfAbsent(key, own);
    if (other == null) {
      return new Place(own, true);
    }
    if (other.waiting.incrementAndGet() > mostWaiting) {
      other.waiting.decrementAndGet();
      return null;
    }
    return new Place(other, false);
  }

  /** The answer has come, to whichever call. */
  void land(AnswerKey key, CachedAnswer answer) {
    var flight = flights.get(key);
    if (flight != null) {
      flight.land(Optional.of(answer));
    }
  }
}
