package dev.tollgate.operator.prompt;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.prompt.AcceptedVersion;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.prompt.PromptTemplateStatus;
import dev.tollgate.crd.resolve.Finding;
import dev.tollgate.crd.resolve.PromptVersionView;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a template is valid and served, and which versions of it were accepted. The first
 * digest seen of a version stays in the status, also when the version has been removed, so that one
 * that comes back as something else is told; which text is served is kept in the store.
 */
public final class PromptTemplateReconciler
    extends JudgedReconciler<PromptTemplate, PromptTemplateStatus> {

  /** As many as the status may list. */
  private static final int LISTED = 64;

  public PromptTemplateReconciler(Surroundings around) {
    super(around, null, PromptTemplate::new, PromptTemplateStatus::conditions);
  }

  @Override
  protected Set<String> pools(PromptTemplate prompt) {
    return around().resolution().shared().gatewayPools().keySet();
  }

  @Override
  protected boolean isServed(PromptTemplate prompt) {
    return around().resolution().shared().prompts().containsKey(prompt.getMetadata().getName());
  }

  @Override
  protected List<Finding> further(PromptTemplate prompt) {
    var known = known(prompt);
    List<Finding> findings = new ArrayList<>();
    for (var version : new TreeMap<>(served(prompt)).values()) {
      var first = known.get(version.version());
      if (first != null && !first.equals(version.digest())) {
        findings.add(
            new Finding(
                "PromptTemplate",
                prompt.getMetadata().getName(),
                "Accepted",
                "VersionChanged",
                "version %d was accepted with other content, which goes on being served; add another version"
                    .formatted(version.version()),
                "spec.versions"));
      }
    }
    return findings;
  }

  @Override
  protected PromptTemplateStatus status(
      PromptTemplate prompt, @Nullable Long generation, List<Condition> conditions) {
    var served = served(prompt);
    var accepted = known(prompt);
    served.forEach((number, version) -> accepted.putIfAbsent(number, version.digest()));
    while (accepted.size() > LISTED) {
      accepted.pollFirstEntry();
    }
    List<AcceptedVersion> versions = new ArrayList<>();
    accepted.forEach((number, digest) -> versions.add(new AcceptedVersion(number, digest)));
    return new PromptTemplateStatus(
        generation,
        served.isEmpty() ? null : served.keySet().stream().max(Integer::compare).orElseThrow(),
        versions,
        conditions);
  }

  private Map<Integer, PromptVersionView> served(PromptTemplate prompt) {
    var view = around().resolution().shared().prompts().get(prompt.getMetadata().getName());
    return view == null ? Map.of() : view.versions();
  }

  private static SortedMap<Integer, String> known(PromptTemplate prompt) {
    SortedMap<Integer, String> known = new TreeMap<>();
    var status = prompt.getStatus();
    if (status != null && status.versions() != null) {
      status.versions().forEach(version -> known.put(version.version(), version.digest()));
    }
    return known;
  }
}
