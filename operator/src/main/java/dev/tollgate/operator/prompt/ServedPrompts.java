package dev.tollgate.operator.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.operator.resolution.Question;
import dev.tollgate.operator.resolution.Rounds;
import dev.tollgate.operator.resolution.Surroundings;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What replicas serve of prompts, and what they refuse. Asks one replica, which knows what the
 * store has kept, every five seconds. Where nobody answers, what is known stays. Any thread; one of
 * its own asks.
 */
final class ServedPrompts implements AutoCloseable {

  private static final Duration EVERY = Duration.ofSeconds(5);

  private final Surroundings around;
  private final Question<Map<String, Served>> question;
  private final Rounds rounds = new Rounds("prompts");
  private volatile Map<String, Served> last = Map.of();

  /**
   * A prompt.
   *
   * @param digests of the versions that are served, by number
   * @param refused why the resource is not served as it is
   */
  record Served(Map<Integer, String> digests, List<Refused> refused) {

    /** Why a version is not served at all; empty when it is, or is not known. */
    Optional<Refused> invalid(int version) {
      return digests.containsKey(version)
          ? Optional.empty()
          : refused.stream().filter(r -> r.version() == version).findFirst();
    }
  }

  /** A version that is refused. */
  record Refused(int version, String reason, String message, String path) {}

  ServedPrompts(Surroundings around) {
    this.around = around;
    question = new Question<>(around.replicas(), "/tollgate/prompts", ServedPrompts::read);
  }

  /**
   * Begins to ask.
   *
   * @param wake called with each prompt of which something else is told
   */
  void follow(Supplier<Stream<PromptTemplate>> prompts, Consumer<ResourceID> wake) {
    rounds.start(EVERY, () -> ask(prompts, wake));
  }

  /** What is served of a prompt; empty until a replica that serves it has answered. */
  Optional<Served> of(String prompt) {
    return Optional.ofNullable(last.get(prompt));
  }

  private void ask(Supplier<Stream<PromptTemplate>> prompts, Consumer<ResourceID> wake) {
    if (prompts.get().findAny().isEmpty()) {
      return;
    }
    var before = last;
    var now = question.ask(around.resolution().shared().gatewayPools().keySet()).orElse(before);
    if (!now.equals(before)) {
      last = now;
      prompts
          .get()
          .map(ResourceID::fromResource)
          .filter(id -> !Objects.equals(before.get(id.getName()), now.get(id.getName())))
          .forEach(wake);
    }
  }

  private static Map<String, Served> read(JsonNode body) {
    Map<String, Served> served = new HashMap<>();
    for (var prompt : body.path("prompts")) {
      Map<Integer, String> digests = new HashMap<>();
      prompt
          .path("digests")
          .properties()
          .forEach(d -> digests.put(Integer.valueOf(d.getKey()), d.getValue().asText()));
      List<Refused> refused = new ArrayList<>();
      for (var one : prompt.path("refused")) {
        refused.add(
            new Refused(
                one.path("version").asInt(),
                one.path("reason").asText(),
                one.path("message").asText(),
                one.path("path").asText()));
      }
      served.put(
          prompt.path("name").asText(), new Served(Map.copyOf(digests), List.copyOf(refused)));
    }
    return Map.copyOf(served);
  }

  @Override
  public void close() {
    rounds.close();
  }
}
