package dev.tollgate.ai.prompt;

import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.tenancy.ServingState;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.view.PromptVersionView;
import dev.tollgate.crd.view.PromptView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prompts that are served now. A version is compiled and put into the store once, and then
 * never changes: what the resource says of it later is told as a finding, and the first goes on
 * serving. Labels follow the resource as far as the versions are served that it moves them to.
 *
 * <p>{@link #follow} and {@link #refresh} may wait for the database; everything else only reads.
 */
public final class PromptCatalog {

  private static final Logger LOG = LoggerFactory.getLogger(PromptCatalog.class);
  private static final String KIND = "PromptTemplate";

  private final PromptStore store;
  private final Map<Key, Kept> kept = new HashMap<>();

  /** Labels that the store has as the resource says, by prompt. */
  private final Map<String, Map<String, Integer>> pointed = new HashMap<>();

  private volatile Map<String, ServedPrompt> prompts = Map.of();
  private volatile List<Refusal> refusals = List.of();
  private @Nullable Map<String, PromptView> wanted;
  private boolean complete;

  private record Key(String prompt, int version) {}

  /** A version that is not served as its resource says. */
  record Refusal(int version, Finding finding) {}

  /** What the store has of a version, compiled. */
  private record Kept(PromptVersionView view, CompiledVersion compiled) {}

  public PromptCatalog(PromptStore store) {
    this.store = store;
  }

  /** The prompt of a name, or null. */
  public @Nullable ServedPrompt find(String name) {
    return prompts.get(name);
  }

  /** All prompts by name. */
  public Map<String, ServedPrompt> all() {
    return prompts;
  }

  /** Versions that are not served as the resources say, and why. */
  public List<Finding> findings() {
    return refusals.stream().map(Refusal::finding).toList();
  }

  List<Refusal> refusals() {
    return refusals;
  }

  /** Serves the prompts of this state from now on. */
  public synchronized void follow(ServingState state) {
    var now = state.shared().prompts();
    if (complete && now.equals(wanted)) {
      return;
    }
    wanted = now;
    serve(now);
  }

  /** Tries again what the store did not answer to; to be called now and then. */
  public synchronized void refresh() {
    var known = wanted;
    if (!complete && known != null) {
      serve(known);
    }
  }

  private void serve(Map<String, PromptView> views) {
    complete = true;
    List<Refusal> found = new ArrayList<>();
    Map<String, ServedPrompt> served = HashMap.newHashMap(views.size());
    for (var view : views.values()) {
      var versions = new TreeMap<Integer, CompiledVersion>();
      for (var version : new TreeMap<>(view.versions()).values()) {
        var compiled = version(view, version, found);
        if (compiled != null) {
          versions.put(version.version(), compiled);
        }
      }
      if (!versions.isEmpty()) {
        served.put(
            view.name(),
            new ServedPrompt(
                view.name(),
                view.displayName(),
                Collections.unmodifiableNavigableMap(versions),
                labels(view, versions.keySet())));
      }
    }
    report(found);
    refusals = List.copyOf(found);
    prompts = Map.copyOf(served);
  }

  /**
   * A label that is moved to a version that is not served stays where it is, also when this is
   * another replica, or the same started anew: the store knows where that was.
   */
  private Map<String, Integer> labels(PromptView view, Set<Integer> versions) {
    var wished = view.labels();
    var asWished = versions.containsAll(wished.values());
    if (asWished && wished.equals(pointed.get(view.name()))) {
      return wished;
    }
    try {
      var before = store.labels(view.name());
      var labels = labels(wished, versions, before);
      if (complete) {
        keep(view, labels, before);
        pointed.put(view.name(), asWished ? wished : Map.of());
      }
      return labels;
    } catch (StoreException e) {
      complete = false;
      LOG.warn("Labels of prompt {} may not be kept: {}", view.name(), e.getMessage());
      var served = prompts.get(view.name());
      return labels(wished, versions, served == null ? Map.of() : served.labels());
    }
  }

  private static Map<String, Integer> labels(
      Map<String, Integer> wished, Set<Integer> versions, Map<String, Integer> before) {
    var labels = new HashMap<>(wished);
    labels.replaceAll((label, version) ->
        versions.contains(version) ? version : before.getOrDefault(label, version));
    labels.values().retainAll(versions);
    return labels;
  }

  private void keep(PromptView view, Map<String, Integer> labels, Map<String, Integer> before) {
    labels.forEach((label, version) -> {
      if (!version.equals(before.get(label))) {
        store.label(view.name(), label, version);
      }
    });
    for (var label : before.keySet()) {
      if (!view.labels().containsKey(label)) {
        store.label(view.name(), label, null);
      }
    }
  }

  /** What does not compile of prompts that nothing is known of but their resources. */
  public static List<Finding> check(Map<String, PromptView> views) {
    List<Finding> found = new ArrayList<>();
    for (var view : views.values()) {
      for (var version : new TreeMap<>(view.versions()).values()) {
        try {
          var _ = CompiledVersion.of(view.name(), version);
        } catch (IllegalArgumentException e) {
          found.add(invalid(view, version, e));
        }
      }
    }
    return found;
  }

  private static Finding invalid(
      PromptView prompt, PromptVersionView view, IllegalArgumentException why) {
    return new Finding(
        KIND,
        prompt.name(),
        "Accepted",
        "TemplateInvalid",
        "version %d: %s".formatted(view.version(), why.getMessage()),
        prompt.path(view.version()));
  }

  private @Nullable CompiledVersion version(
      PromptView prompt, PromptVersionView view, List<Refusal> found) {
    var key = new Key(prompt.name(), view.version());
    var known = kept.get(key);
    if (known == null) {
      try {
        known = keep(prompt.name(), view);
        kept.put(key, known);
      } catch (IllegalArgumentException e) {
        found.add(new Refusal(view.version(), invalid(prompt, view, e)));
        return null;
      } catch (StoreException e) {
        complete = false;
        LOG.warn(
            "Version {} of prompt {} is not served yet: {}",
            view.version(),
            prompt.name(),
            e.getMessage());
        return null;
      }
    }
    if (!known.view().digest().equals(view.digest())) {
      var changed =
          new Finding(
              KIND,
              prompt.name(),
              "Accepted",
              "VersionChanged",
              "version %d was accepted before with other content, which goes on serving; a version never changes, so give the new content a new number"
                  .formatted(view.version()),
              prompt.path(view.version()));
      found.add(new Refusal(view.version(), changed));
    }
    return known.compiled();
  }

  /** Compiled before it is kept: what is wrong may be put right under the same number. */
  private Kept keep(String prompt, PromptVersionView view) {
    var first = store.find(prompt, view.version());
    if (first == null) {
      var compiled = CompiledVersion.of(prompt, view);
      first = store.accept(prompt, view);
      if (first.digest().equals(view.digest())) {
        return new Kept(first, compiled);
      }
    }
    return new Kept(first, CompiledVersion.accepted(prompt, first));
  }

  private void report(List<Refusal> found) {
    for (var refusal : found) {
      if (!refusals.contains(refusal)) {
        var finding = refusal.finding();
        LOG.warn(
            "{}/{} {}: {} ({})",
            finding.kind(),
            finding.name(),
            finding.reason(),
            finding.message(),
            finding.path());
      }
    }
  }
}
