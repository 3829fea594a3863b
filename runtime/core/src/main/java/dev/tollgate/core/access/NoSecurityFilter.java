package dev.tollgate.core.access;

import io.micronaut.context.ApplicationContextBuilder;
import io.micronaut.context.ApplicationContextConfigurer;
import io.micronaut.context.annotation.ContextConfigurer;
import java.util.Map;

/**
 * Micronaut Security checks signatures here, and its filter stays off: who may call what depends on
 * tenants, trusts and plans, which {@link Authenticator} knows.
 */
@ContextConfigurer
public final class NoSecurityFilter implements ApplicationContextConfigurer {

  @Override
  public void configure(ApplicationContextBuilder builder) {
    builder.properties(Map.of("micronaut.security.enabled", "false"));
  }
}
