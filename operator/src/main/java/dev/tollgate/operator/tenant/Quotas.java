package dev.tollgate.operator.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.crd.tenant.QuotaState;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.resolution.Question;
import dev.tollgate.operator.resolution.Replicas;
import dev.tollgate.operator.resolution.Resolution;
import dev.tollgate.operator.resolution.Rounds;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far the tenants of a namespace have come into what their plans include, and which of them are
 * suspended for what they owe. Asks one replica, which reads the ledger of all, every five seconds.
 * Where nobody answers, what is known stays. Any thread; one of its own asks.
 */
final class Quotas implements AutoCloseable {

  /** Why a tenant that is suspended is not Ready. */
  static final String SUSPENDED = "Suspended";

  private static final Duration EVERY = Duration.ofSeconds(5);

  private final Resolution resolution;
  private final Question<Told> question;
  private final Rounds rounds = new Rounds("quotas");

  /** Null until a replica has answered. */
  private volatile @Nullable Told last;

  /**
   * What a replica tells.
   *
   * @param reached the tenants that are not well within what is included
   * @param suspended those that are suspended for what they owe
   * @param unknown those of which only that is told
   */
  private record Told(
      Map<String, QuotaState> reached, Set<String> suspended, Set<String> unknown) {}

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

  /** The state of a tenant; empty until a replica has answered that knows it. */
  Optional<QuotaState> of(String tenant) {
    var told = last;
    return told == null || told.unknown().contains(tenant)
        ? Optional.empty()
        : Optional.of(told.reached().getOrDefault(tenant, QuotaState.WithinIncluded));
  }

  /** Whether a tenant is suspended for what it owes; empty until a replica has answered. */
  Optional<Boolean> suspended(String tenant) {
    return Optional.ofNullable(last).map(told -> told.suspended().contains(tenant));
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
        && (!Objects.equals(
                status.quota(), of(tenant.getMetadata().getName()).orElse(status.quota()))
            || suspended(tenant.getMetadata().getName()).orElse(false) != isSuspended(tenant));
  }

  /** As its status has it. */
  private static boolean isSuspended(Tenant tenant) {
    var status = tenant.getStatus();
    var ready = status == null ? null : Conditions.find(status.conditions(), "Ready");
    return ready != null && SUSPENDED.equals(ready.reason());
  }

  private static Told read(JsonNode body) {
    Map<String, QuotaState> reached = new HashMap<>();
    for (var entry : body.path("quotas").properties()) {
      var text = entry.getValue().asText();
      for (var state : List.of(QuotaState.values())) {
        if (state.name().equals(text)) {
          reached.put(entry.getKey(), state);
        }
      }
    }
    return new Told(
        Map.copyOf(reached), names(body.path("suspended")), names(body.path("unknown")));
  }

  private static Set<String> names(JsonNode list) {
    Set<String> names = new HashSet<>();
    list.forEach(name -> names.add(name.asText()));
    return Set.copyOf(names);
  }

  @Override
  public void close() {
    rounds.close();
  }
}
