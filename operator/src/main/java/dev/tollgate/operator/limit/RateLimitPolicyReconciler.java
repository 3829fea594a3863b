package dev.tollgate.operator.limit;

import dev.tollgate.crd.limit.RateLimitPolicy;
import dev.tollgate.crd.limit.RateLimitPolicyStatus;
import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.resolution.Surroundings;
import dev.tollgate.operator.resolution.Wakeups;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.List;
import java.util.Objects;

/** Tells whether a RateLimitPolicy is valid and what it refers to exists. */
@ControllerConfiguration(name = "ratelimitpolicy")
public final class RateLimitPolicyReconciler implements Reconciler<RateLimitPolicy> {

  private final Surroundings around;

  public RateLimitPolicyReconciler(Surroundings around) {
    this.around = around;
  }

  @Override
  public List<EventSource<?, RateLimitPolicy>> prepareEventSources(
      EventSourceContext<RateLimitPolicy> context) {
    var wakeups = new Wakeups<RateLimitPolicy>("resolution");
    around.resolution().onChange(() -> context.getPrimaryCache().keys().forEach(wakeups::wake));
    return List.of(wakeups);
  }

  @Override
  public UpdateControl<RateLimitPolicy> reconcile(
      RateLimitPolicy resource, Context<RateLimitPolicy> context) {
    var meta = resource.getMetadata();
    var findings = around.resolution().findings("RateLimitPolicy", meta.getName());
    var before = resource.getStatus() == null ? null : resource.getStatus().conditions();
    var now =
        around
            .conditions()
            .update(
                before,
                meta.getGeneration(),
                List.of(
                    Wanted.of("Accepted", "Accepted", "Valid.", findings),
                    Wanted.of(
                        "ResolvedRefs", "ResolvedRefs", "Every reference was found.", findings)));
    var status = new RateLimitPolicyStatus(meta.getGeneration(), now);
    if (Objects.equals(resource.getStatus(), status)) {
      return UpdateControl.noUpdate();
    }
    around.events().of(resource, Conditions.changed(before, now));
    var patch = new RateLimitPolicy();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withName(meta.getName())
            .withNamespace(meta.getNamespace())
            .build());
    patch.setStatus(status);
    return UpdateControl.patchStatus(patch);
  }
}
