package dev.tollgate.operator.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.crd.tenant.QuotaState;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.resolution.Question;
import dev.tollgate.operator.resolution.Replicas;
import dev.tollgate.operator.resolution.Resolution;
import dev.tollgate.operator.resolution.Rounds;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far the tenants of a namespace have come into what their plans include. Asks one replica,
 * which reads the ledger of all, every five seconds. Where nobody answers, what is known stays. Any
 * thread; one of its own asks.
 */
final class Quotas implements AutoCloseable {

  private static final Duration EVERY = Duration.ofSeconds(5);

  private final Resolution resolution;
  private final Question<Map<String, QuotaState>> question;
  private final Rounds rounds = new Rounds("quotas");

  /** The tenants that are not well within what is included; null until a replica has answered. */
  private volatile @Nullable Map<String, QuotaState> last;

  Quotas(Replicas replicas, Resolution resolution) {
    this.resolution = resolution;
    question = new Question<>(replicas, "/tollgate/quotas", Quotas::read);
  }

  /**
   * Begins to ask.
   *
   * @param tenants those there are; none while they are not known yet
   * @param wake called with each whose status says something else
   */
  void follow(Supplier<Stream<Tenant>> tenants, Consumer<ResourceID> wake) {
    rounds.start(EVERY, () -> ask(tenants, wake));
  }

  /** The state of a tenant; empty until a replica has answered. */
  Optional<QuotaState> of(String tenant) {
    var reached = last;
    return reached == null
        ? Optional.empty()
        : Optional.of(reached.getOrDefault(tenant, QuotaState.WithinIncluded));
  }

  private void ask(Supplier<Stream<Tenant>> tenants, Consumer<ResourceID> wake) {
    if (tenants.get().findAny().isEmpty()) {
      return;
    }
    var answer = question.ask(resolution.shared().gatewayPools().keySet());
    if (answer.isPresent() && !answer.get().equals(last)) {
      last = answer.get();
      tenants.get().filter(this::differs).map(ResourceID::fromResource).forEach(wake);
    }
  }

  private boolean differs(Tenant tenant) {
    var status = tenant.getStatus();
    return status != null
        && status.id() != null
        && !Objects.equals(status.quota(), of(tenant.getMetadata().getName()).orElse(null));
  }

  private static Map<String, QuotaState> read(JsonNode body) {
    Map<String, QuotaState> reached = new HashMap<>();
    for (var entry : body.path("quotas").properties()) {
      var text = entry.getValue().asText();
      for (var state : List.of(QuotaState.values())) {
        if (state.name().equals(text)) {
          reached.put(entry.getKey(), state);
        }
      }
    }
    return Map.copyOf(reached);
  }

  @Override
  public void close() {
    rounds.close();
  }
}
