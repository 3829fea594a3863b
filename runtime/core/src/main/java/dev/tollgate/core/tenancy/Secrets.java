package dev.tollgate.core.tenancy;

import dev.tollgate.crd.common.SecretRef;
import java.util.Optional;

/** Values of Secrets, as far as their label {@code tollgate.dev/use} allows the use. Any thread. */
public interface Secrets {

  /**
   * The value, or empty when the Secret or key is absent or not labelled for this use.
   *
   * @param use one of {@link SecretUse}
   */
  Optional<byte[]> read(SecretRef ref, String use);
}
