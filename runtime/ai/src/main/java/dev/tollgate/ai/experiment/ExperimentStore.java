package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.StoreException;
import dev.tollgate.crd.view.ExperimentView;
import io.micronaut.context.annotation.Property;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the platform database knows of experiments: when each design began to be served, and the
 * verdicts of guards. Of replicas that write at once, the first one counts.
 */
@Singleton
public final class ExperimentStore {

  private static final int LONGEST_REASON = 1024;

  private final DesignRows designs;
  private final VerdictRows verdicts;
  private final String namespace;
  private final Map<String, Begun> begun = new ConcurrentHashMap<>();

  /** The design that an experiment has here, and since when. */
  private record Begun(String design, Instant since) {}

  ExperimentStore(
      DesignRows designs,
      VerdictRows verdicts,
      @Property(name = "tollgate.namespace") String namespace) {
    this.designs = designs;
    this.verdicts = verdicts;
    this.namespace = namespace;
  }

  /**
   * When salt, versions, weights and stickiness of an experiment, as they are now, began to be
   * served. What was seen before was seen of another split; so a design that comes back after
   * another one begins anew.
   *
   * @throws StoreException when the database does not answer
   */
  public Instant since(ExperimentView view) {
    var design = design(view);
    return Objects.requireNonNull(
            begun.compute(
                view.name(),
                (name, known) ->
                    known != null && known.design().equals(design)
                        ? known
                        : new Begun(design, begin(name, design))))
        .since();
  }

  private Instant begin(String experiment, String design) {
    return StoreException.unless(
        "the beginning of experiment " + experiment + " was not kept",
        () -> {
          var last =
              designs.findFirstByNamespaceAndExperimentOrderBySinceDesc(namespace, experiment);
          if (last.isEmpty() || !last.get().design().equals(design)) {
            designs.begin(new DesignRow(namespace, experiment, design, Instant.now()));
          }
          return designs.findOne(namespace, experiment, design).since();
        });
  }

  /** All verdicts of the namespace. */
  public List<Verdict> verdicts() {
    return StoreException.unless(
            "the verdicts on experiments cannot be read", () -> verdicts.findByNamespace(namespace))
        .stream()
        .map(VerdictRow::verdict)
        .toList();
  }

  /**
   * Keeps a verdict, unless there is one under this salt.
   *
   * @return whether it was the first
   */
  public boolean judge(Verdict verdict) {
    var reason = verdict.reason();
    return StoreException.unless(
        "the verdict on " + verdict.experiment() + " was not kept",
        () ->
            verdicts.insertIfAbsent(
                    namespace,
                    verdict.experiment(),
                    verdict.salt(),
                    verdict.variant(),
                    reason.substring(0, Math.min(LONGEST_REASON, reason.length())),
                    verdict.at())
                == 1);
  }

  private static String design(ExperimentView view) {
    try {
      var sha = MessageDigest.getInstance("SHA-256");
      var text = new StringBuilder(view.salt()).append('\n').append(view.stickyBy());
      view.variants()
          .forEach(v ->
              text.append('\n')
                  .append(v.name())
                  .append(' ')
                  .append(v.version())
                  .append(' ')
                  .append(v.weight()));
      return HexFormat.of().formatHex(sha.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
