package dev.tollgate.operator.pod;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image, how nodes get it, and whom it runs as.
 *
 * @param pullPolicy Always, IfNotPresent or Never
 * @param secrets names of the pull Secrets, in the namespace of the pod; where there are none,
 *     those of its ServiceAccount count
 * @param user the number of the user it runs as; null where the cluster assigns one
 */
public record Image(String name, String pullPolicy, List<String> secrets, @Nullable Long user) {

  /** The user of Tollgate's own images. */
  public static final long USER = 10001;

  public Image {
    secrets = List.copyOf(secrets);
  }

  /** Got once, without a Secret. */
  public static Image of(String name) {
    return new Image(name, "IfNotPresent", List.of(), USER);
  }

  /** The image that a resource names in its place, if any, got the same way. */
  public Image or(@Nullable String own) {
    return own == null ? this : new Image(own, pullPolicy, secrets, user);
  }

  public List<LocalObjectReference> pullSecrets() {
    return secrets.stream().map(LocalObjectReference::new).toList();
  }
}
