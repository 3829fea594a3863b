package dev.tollgate.operator.billing;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.resolution.Question;
import dev.tollgate.operator.resolution.Rounds;
import dev.tollgate.operator.resolution.Surroundings;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How billing stands. Asks all replicas every ten seconds, since in each pool one does the work,
 * each minute, and only that one tells. Where none does, what is known stays. Any thread; one of
 * its own asks.
 */
final class BillingStates implements AutoCloseable {

  private static final Duration EVERY = Duration.ofSeconds(10);

  /** Work passes from one replica to another; the last to compare is the one that does it now. */
  private static final BinaryOperator<BillingState> LATER =
      BinaryOperator.maxBy(Comparator.comparing(BillingState::compared));

  private final Surroundings around;
  private final InstantSource clock;
  private final Question<Optional<BillingState>> question;
  private final Rounds rounds = new Rounds("billing");
  private volatile @Nullable Told last;

  /** What is told and the condition that it makes, which time alone may change. */
  record Told(BillingState state, Wanted condition) {}

  BillingStates(Surroundings around, InstantSource clock) {
    this.around = around;
    this.clock = clock;
    question = new Question<>(around.replicas(), "/tollgate/billing", BillingState::of);
  }

  /**
   * Begins to ask.
   *
   * @param wake called with every provider when something else is told
   */
  void follow(Supplier<Stream<BillingProvider>> providers, Consumer<ResourceID> wake) {
    rounds.start(EVERY, () -> ask(providers, wake));
  }

  /** What is told; null until a replica has. */
  @Nullable Told now() {
    return last;
  }

  private void ask(Supplier<Stream<BillingProvider>> providers, Consumer<ResourceID> wake) {
    if (providers.get().findAny().isEmpty()) {
      return;
    }
    var before = last;
    var now =
        around.resolution().shared().gatewayPools().keySet().stream()
            .sorted()
            .flatMap(pool -> state(pool).stream())
            .reduce(BillingState::and)
            .or(() -> Optional.ofNullable(before).map(Told::state))
            .map(state -> new Told(state, state.condition(clock.instant())))
            .orElse(null);
    if (now != null && !now.equals(before)) {
      last = now;
      providers.get().map(ResourceID::fromResource).forEach(wake);
    }
  }

  private Optional<BillingState> state(String pool) {
    return around.replicas().ready(Set.of(pool)).stream()
        .flatMap(replica -> question.ask(replica).stream())
        .flatMap(Optional::stream)
        .reduce(LATER);
  }

  @Override
  public void close() {
    rounds.close();
  }
}
