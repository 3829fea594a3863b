package dev.tollgate.gateway.backend;

import dev.tollgate.core.Seldom;
import dev.tollgate.crd.common.SecretRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells in the log, once a minute, which Secret a backend is not asked without. Any thread. */
public final class MissingSecret {

  private static final Logger LOG = LoggerFactory.getLogger(MissingSecret.class);

  private final String backend;
  private final Seldom seldom = new Seldom();

  /**
   * @param backend in words, such as {@code Backend one of route api}
   */
  public MissingSecret(String backend) {
    this.backend = backend;
  }

  /**
   * @param what has no value, such as {@code header X-Api-Key}
   * @param secret that should hold it; without one nothing is told
   */
  public void tell(String what, @Nullable SecretRef secret) {
    if (secret != null && seldom.now()) {
      LOG.warn(
          "{} gets no requests: its {} has no value, since there is no Secret {} with key {} that"
              + " is labelled tollgate.dev/use: upstream",
          backend,
          what,
          secret.name(),
          secret.key());
    }
  }
}
