package dev.tollgate.operator.model;

import dev.tollgate.crd.model.ModelPhase;
import dev.tollgate.crd.model.ModelState;
import dev.tollgate.crd.model.ServedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a server's replicas have of its models, put together. */
final class ModelStates {

  private final List<ServedModel> wanted;
  private final int replicas;
  private final SortedMap<String, Map<String, LoadState>> byPod;

  /**
   * @param wanted the models of the spec
   * @param replicas how many there are to be
   * @param byPod how far each model, by full name, is on each replica that there is
   */
  ModelStates(List<ServedModel> wanted, int replicas, Map<String, Map<String, LoadState>> byPod) {
    this.wanted = List.copyOf(wanted);
    this.replicas = replicas;
    this.byPod = new TreeMap<>(byPod);
  }

  /** In the order of the spec; a model is as far as the replica that has least of it. */
  List<ModelState> all() {
    return wanted.stream().map(this::state).toList();
  }

  /** Of all, those that every replica has. */
  long ready() {
    return all().stream().filter(s -> s.state() == ModelPhase.Ready).count();
  }

  /** The first thing that went wrong, or null. */
  @Nullable Failure failure() {
    for (var model : wanted) {
      var failure = failure(ServedModel.tagged(model.name()));
      if (failure != null) {
        return failure;
      }
    }
    return null;
  }

  /** A model that could not be brought to a replica. */
  record Failure(String model, String pod, LoadState.Failed why) {
    String sentence() {
      return model + " on " + pod + ": " + why.message();
    }
  }

  /**
   * The models, by full name, that a new replica must have before it takes calls: all but those
   * that cannot be brought and that nobody has, which would keep the others from being served.
   */
  List<String> required() {
    return wanted.stream()
        .map(model -> ServedModel.tagged(model.name()))
        .filter(model -> failure(model) == null || count(model) > 0)
        .toList();
  }

  private @Nullable Failure failure(String model) {
    for (var pod : byPod.entrySet()) {
      if (pod.getValue().get(model) instanceof LoadState.Failed failed) {
        return new Failure(model, pod.getKey(), failed);
      }
    }
    return null;
  }

  private long count(String model) {
    return byPod.values().stream().filter(s -> s.get(model) instanceof LoadState.Held).count();
  }

  private ModelState state(ServedModel served) {
    var model = ServedModel.tagged(served.name());
    Long bytes = null;
    List<String> words = new ArrayList<>();
    var running = false;
    for (var pod : byPod.entrySet()) {
      switch (pod.getValue().get(model)) {
        case LoadState.Held held -> bytes = Math.max(bytes == null ? 0 : bytes, held.bytes());
        case LoadState.Running now -> {
          running = true;
          words.add(pod.getKey() + ": " + now.message());
        }
        case LoadState.Waiting now -> words.add(pod.getKey() + ": " + now.message());
        case LoadState.Failed _ -> {}
        case null -> {}
      }
    }
    var failure = failure(model);
    var holding = count(model);
    if (failure != null) {
      return new ModelState(
          served.name(), ModelPhase.Failed, bytes, failure.pod() + ": " + failure.why().message());
    }
    if (holding >= replicas) {
      return new ModelState(served.name(), ModelPhase.Ready, bytes, null);
    }
    var message =
        holding
            + " of "
            + replicas
            + (replicas == 1 ? " replica has it" : " replicas have it")
            + (words.isEmpty() ? "." : "; " + words.getFirst() + ".");
    return new ModelState(
        served.name(), running ? ModelPhase.Loading : ModelPhase.Pending, bytes, message);
  }
}
