package dev.tollgate.operator;

import dev.tollgate.crd.finding.Finding;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Objects that somebody else made under the names of what the operator would make for a resource.
 * Applied to, they would be changed, and go when the resource goes.
 */
public final class InTheWay {

  /** Reason of what is told of them. */
  public static final String NAME_TAKEN = "NameTaken";

  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  private InTheWay() {}

  /**
   * A finding for each that is in the way. What the controller follows is not asked for.
   *
   * @param followed kinds of which the controller knows what was made for the owner
   * @param desired what is about to be applied for the owner
   */
  public static List<Finding> of(
      KubernetesClient client,
      HasMetadata owner,
      Context<?> context,
      Set<Class<? extends HasMetadata>> followed,
      List<? extends HasMetadata> desired) {
    Set<String> known =
        followed.stream()
            .flatMap(kind -> context.getSecondaryResourcesAsStream(kind))
            .map(InTheWay::key)
            .collect(Collectors.toSet());
    List<Finding> findings = new ArrayList<>();
    for (var resource : desired) {
      var there = known.contains(key(resource)) ? null : of(client, owner, resource);
      if (there != null) {
        findings.add(finding(owner, there));
      }
    }
    return findings;
  }

  /** What has the name of one thing that is about to be applied and is another's, or null. */
  public static @Nullable HasMetadata of(
      KubernetesClient client, HasMetadata owner, HasMetadata desired) {
    var there = client.resource(desired).get();
    return there == null || isOurs(there, owner) ? null : there;
  }

  /** Whether it says so; nobody tells when the object is gone. */
  public static boolean isFinding(Finding finding) {
    return finding.reason().equals(NAME_TAKEN);
  }

  private static String key(HasMetadata resource) {
    return resource.getKind() + "/" + resource.getMetadata().getName();
  }

  private static boolean isOurs(HasMetadata there, HasMetadata owner) {
    var labels = there.getMetadata().getLabels();
    return (labels != null && "tollgate".equals(labels.get(MANAGED_BY)))
        || there.getMetadata().getOwnerReferences().stream()
            .anyMatch(ref -> Objects.equals(ref.getUid(), owner.getMetadata().getUid()));
  }

  private static Finding finding(HasMetadata owner, HasMetadata there) {
    var name = there.getMetadata().getName();
    return new Finding(
        owner.getKind(),
        owner.getMetadata().getName(),
        "Accepted",
        NAME_TAKEN,
        there.getKind()
            + " "
            + name
            + " is there already and was not made for this "
            + owner.getKind()
            + ", so nothing is applied; delete it, or use another name for the "
            + owner.getKind()
            + (there instanceof Secret
                ? "; one that was put back without its labels is used once it is labelled "
                    + MANAGED_BY
                    + ": tollgate."
                : "."),
        "metadata.name");
  }
}
