package dev.tollgate.core;

import io.micronaut.context.ApplicationContextBuilder;
import io.micronaut.context.ApplicationContextConfigurer;
import io.micronaut.context.annotation.ContextConfigurer;
import io.micronaut.context.env.PropertySource;
import java.util.Map;

/** What Micronaut's parts are told wherever they are used here; not for anyone to configure. */
@ContextConfigurer
public final class LibrarySettings implements ApplicationContextConfigurer {

  /** By their names in Micronaut's configuration. */
  public static final Map<String, Object> ALL =
      Map.of(
          // the data sources of the repositories
          "datasources.platform.dialect", "MYSQL",
          "datasources.shard.dialect", "MYSQL",
          "micronaut.data.multi-tenancy.mode", "DISCRIMINATOR",
          // the shard is another one for each tenant
          "endpoints.health.jdbc.enabled", "false",
          // who may call what depends on tenants, trusts and plans, which the gate knows
          "micronaut.security.enabled", "false");

  @Override
  public void configure(ApplicationContextBuilder builder) {
    builder.propertySources(PropertySource.of("tollgate", ALL));
  }
}
