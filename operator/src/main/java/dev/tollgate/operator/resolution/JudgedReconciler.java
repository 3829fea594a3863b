package dev.tollgate.operator.resolution;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.SecretRefs;
import dev.tollgate.operator.conditions.StatusUpdate;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a resource is valid, what it refers to exists and, where replicas serve it, whether
 * all of them do. Runs nothing and writes status alone. The kind is that of the subclass's first
 * type argument. Entered by the controllers' threads.
 *
 * @param <R> the kind
 * @param <S> its status
 */
public abstract class JudgedReconciler<R extends CustomResource<?, S>, S extends Conditioned>
    implements Reconciler<R> {

  private final Surroundings around;
  private final StatusUpdate<R, S> update;
  private final @Nullable SecretRefs secretRefs;
  private final Wakeups<R> wakeups = new Wakeups<>("resolution");

  /**
   * @param secretRefs null for a kind that refers to no Secret
   * @param blank makes a resource of the kind with neither spec nor status
   */
  protected JudgedReconciler(
      Surroundings around, @Nullable SecretRefs secretRefs, Supplier<R> blank) {
    this.around = around;
    this.secretRefs = secretRefs;
    this.update = new StatusUpdate<>(blank, around.conditions(), around.events());
  }

  /** The status that says so; what else it held is kept or told anew by the kind. */
  protected abstract S status(R resource, @Nullable Long generation, List<Condition> conditions);

  /** The Secrets that it uses. */
  protected List<SecretRefs.Use> uses(R resource) {
    return List.of();
  }

  /** Pools whose replicas serve it; null for a kind that is no more than judged. */
  protected @Nullable Set<String> pools(R resource) {
    return null;
  }

  /** Whether the resolver has it among what is served. */
  protected boolean isServed(R resource) {
    return true;
  }

  /** Programmed as false, where it cannot do its work although replicas have it; or null. */
  protected @Nullable Wanted hindered(R resource) {
    return null;
  }

  /** What Accepted says of one with which nothing is wrong. */
  protected String valid(R resource) {
    return "Valid.";
  }

  /** What is wrong with it beside what the resolver sees. */
  protected List<Finding> further(R resource) {
    return List.of();
  }

  /**
   * What is told of it beside that, in the order of its conditions.
   *
   * @param before the conditions that it has
   */
  protected List<Wanted> told(R resource, @Nullable List<Condition> before) {
    return List.of();
  }

  /**
   * Begins to follow what else it is told by.
   *
   * @param resources those there are; none while they are not known yet
   * @param wake has one looked at again
   */
  protected void follow(Supplier<Stream<R>> resources, Consumer<ResourceID> wake) {}

  /** What surrounds it. */
  protected final Surroundings around() {
    return around;
  }

  @Override
  public final List<EventSource<?, R>> prepareEventSources(EventSourceContext<R> context) {
    var cache = context.getPrimaryCache();
    // event sources start after the cache has been filled, in an operator that waits not at all
    around
        .resolution()
        .onChange(() -> {
          if (wakeups.isRunning()) {
            cache.keys().forEach(wakeups::wake);
          }
        });
    if (secretRefs != null) {
      secretRefs.onChange(secret -> {
        if (wakeups.isRunning()) {
          cache
              .list(r -> uses(r).stream().anyMatch(u -> u.secret().name().equals(secret)))
              .map(ResourceID::fromResource)
              .forEach(wakeups::wake);
        }
      });
    }
    follow(() -> wakeups.isRunning() ? cache.list() : Stream.empty(), wakeups::wake);
    return List.of(wakeups);
  }

  @Override
  public final UpdateControl<R> reconcile(R resource, Context<R> context) {
    var meta = resource.getMetadata();
    var resolved = around.resolution().findings(resource.getKind(), meta.getName());
    List<Finding> secrets =
        secretRefs == null
            ? List.of()
            : secretRefs.findings(resource.getKind(), meta.getName(), uses(resource));
    List<Finding> findings = new ArrayList<>(resolved);
    findings.addAll(further(resource));
    findings.addAll(secrets);
    List<Wanted> wanted = new ArrayList<>();
    wanted.add(Wanted.of("Accepted", "Accepted", valid(resource), findings));
    wanted.add(Wanted.of("ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings));
    var pools = pools(resource);
    if (pools != null) {
      wanted.add(programmed(resource, pools, resolved));
    }
    wanted.addAll(told(resource, update.before(resource)));
    var now = update.conditions(resource, wanted);
    var control = update.to(resource, status(resource, meta.getGeneration(), now));
    return secrets.isEmpty() ? control : control.rescheduleAfter(SecretRefs.AGAIN);
  }

  private Wanted programmed(R resource, Set<String> pools, List<Finding> resolved) {
    if (resolved.stream().anyMatch(f -> f.condition().equals("Accepted"))) {
      return Wanted.no(
          "Programmed", "NotAccepted", "This form is not served, because it is not accepted.");
    }
    if (!isServed(resource)) {
      return resolved.isEmpty()
          ? Wanted.no("Programmed", "Pending", "The resource has yet to be resolved.")
          : Wanted.no(
              "Programmed",
              "NotResolved",
              "This form is not served, because a reference is missing.");
    }
    var hindered = hindered(resource);
    if (hindered != null) {
      return hindered;
    }
    return around.programming().condition(pools, resource, update.before(resource), wakeups::wake);
  }
}
