package dev.tollgate.operator.prompt;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.prompt.AcceptedVersion;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.prompt.PromptTemplateStatus;
import dev.tollgate.crd.view.PromptVersionView;
import dev.tollgate.operator.resolution.JudgedReconciler;
import dev.tollgate.operator.resolution.Surroundings;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a template is valid and served, and which versions of it were accepted. What a
 * version said first is what replicas tell, since they serve that. Until one has told, it is what
 * the status says or, of a new version, what the resource says. Digests stay in the status, also
 * when their version has been removed, so that one that comes back as something else is told.
 */
public final class PromptTemplateReconciler
    extends JudgedReconciler<PromptTemplate, PromptTemplateStatus> implements AutoCloseable {

  /** As many as the status may list. */
  private static final int LISTED = 64;

  private final ServedPrompts replicas;

  public PromptTemplateReconciler(Surroundings around) {
    super(around, null, PromptTemplate::new);
    replicas = new ServedPrompts(around);
  }

  @Override
  protected void follow(Supplier<Stream<PromptTemplate>> prompts, Consumer<ResourceID> wake) {
    replicas.follow(prompts, wake);
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
    var name = prompt.getMetadata().getName();
    var told = replicas.of(name);
    var accepted = accepted(prompt);
    List<Finding> findings = new ArrayList<>();
    for (var version : new TreeMap<>(wanted(prompt)).values()) {
      var number = version.version();
      if (!version.digest().equals(accepted.getOrDefault(number, version.digest()))) {
        findings.add(
            finding(
                name,
                "VersionChanged",
                "version %d was accepted with other content, which goes on being served; give the new content a new number"
                    .formatted(number),
                "spec.versions"));
      }
      told.flatMap(served -> served.invalid(number))
          .ifPresent(refused ->
              findings.add(finding(name, refused.reason(), refused.message(), refused.path())));
    }
    return findings;
  }

  private static Finding finding(String prompt, String reason, String message, String path) {
    return new Finding("PromptTemplate", prompt, "Accepted", reason, message, path);
  }

  @Override
  protected PromptTemplateStatus status(
      PromptTemplate prompt, @Nullable Long generation, List<Condition> conditions) {
    var accepted = accepted(prompt);
    var latest =
        wanted(prompt).keySet().stream().filter(accepted::containsKey).max(Integer::compare);
    while (accepted.size() > LISTED) {
      accepted.pollFirstEntry();
    }
    List<AcceptedVersion> versions = new ArrayList<>();
    accepted.forEach((number, digest) -> versions.add(new AcceptedVersion(number, digest)));
    return new PromptTemplateStatus(generation, latest.orElse(null), versions, conditions);
  }

  /** What the resource says, as far as it is valid. */
  private Map<Integer, PromptVersionView> wanted(PromptTemplate prompt) {
    var view = around().resolution().shared().prompts().get(prompt.getMetadata().getName());
    return view == null ? Map.of() : view.versions();
  }

  /** The digest of what each version said first. */
  private NavigableMap<Integer, String> accepted(PromptTemplate prompt) {
    NavigableMap<Integer, String> accepted = new TreeMap<>();
    var status = prompt.getStatus();
    if (status != null && status.versions() != null) {
      status.versions().forEach(version -> accepted.put(version.version(), version.digest()));
    }
    wanted(prompt).forEach((number, version) -> accepted.putIfAbsent(number, version.digest()));
    var told = replicas.of(prompt.getMetadata().getName());
    if (told.isPresent()) {
      accepted.putAll(told.get().digests());
      // it may be put right under its number
      accepted.keySet().removeIf(number -> told.get().invalid(number).isPresent());
    }
    return accepted;
  }

  @Override
  public void close() {
    replicas.close();
  }
}
