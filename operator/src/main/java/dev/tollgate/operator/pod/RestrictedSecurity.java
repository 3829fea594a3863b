package dev.tollgate.operator.pod;

import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The restricted profile of the Pod Security Standards
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards), with a root file system
 * that cannot be written.
 */
public final class RestrictedSecurity {

  private RestrictedSecurity() {}

  /**
   * For a pod that runs as an unprivileged user, whose group owns its volumes.
   *
   * @param user its number; null where the cluster assigns one, as OpenShift does
   */
  public static PodSecurityContext pod(@Nullable Long user) {
    return new PodSecurityContextBuilder()
        .withRunAsNonRoot(true)
        .withRunAsUser(user)
        .withRunAsGroup(user)
        .withFsGroup(user)
        .withFsGroupChangePolicy("OnRootMismatch")
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .build();
  }

  /** For each of its containers. */
  public static SecurityContext container() {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .build();
  }
}
