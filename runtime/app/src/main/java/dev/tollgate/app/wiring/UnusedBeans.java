package dev.tollgate.app.wiring;

import io.micronaut.core.beans.BeanIntrospectionReference;
import io.micronaut.core.io.service.MicronautMetaServiceLoaderUtils;
import io.micronaut.core.io.service.SoftServiceLoader;
import io.micronaut.core.io.service.SoftServiceLoader.StaticDefinition;
import io.micronaut.core.io.service.SoftServiceLoader.StaticServiceLoader;
import io.micronaut.core.optim.StaticOptimizations;
import io.micronaut.inject.BeanDefinitionReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Beans that libraries bring and a gateway has no use for. Micronaut loads the classes of every
 * bean there is to find those that are wanted; these, a third of all, cost time at the start and
 * memory ever after.
 */
public final class UnusedBeans {

  /** Packages, those below them included. */
  private static final List<String> PACKAGES =
      List.of(
          "io.micronaut.cache.",
          "io.micronaut.configuration.lettuce.",
          "io.micronaut.configuration.metrics.binder.datasource.",
          "io.micronaut.configuration.metrics.binder.grpc.",
          "io.micronaut.configuration.metrics.binder.r2dbc.",
          "io.micronaut.configuration.metrics.binder.web.",
          "io.micronaut.data.connection.jdbc.oracle.",
          "io.micronaut.data.intercept.async.",
          "io.micronaut.data.intercept.reactive.",
          "io.micronaut.data.jdbc.convert.vendor.",
          "io.micronaut.data.runtime.intercept.async.",
          "io.micronaut.data.runtime.intercept.criteria.",
          "io.micronaut.data.runtime.intercept.reactive.",
          "io.micronaut.discovery.cloud.",
          "io.micronaut.management.endpoint.beans.",
          "io.micronaut.management.endpoint.info.",
          "io.micronaut.management.endpoint.loggers.",
          "io.micronaut.management.endpoint.routes.",
          "io.micronaut.management.health.indicator.discovery.",
          "io.micronaut.scheduling.io.watch.",
          "io.micronaut.security.",
          "io.micronaut.web.router.version.");

  private UnusedBeans() {}

  /** Before anything of Micronaut's runs in this process. */
  public static void leaveOut() {
    StaticOptimizations.set(
        new SoftServiceLoader.Optimizations(
            Map.of(
                BeanDefinitionReference.class.getName(), new Used<>(BeanDefinitionReference.class),
                BeanIntrospectionReference.class.getName(),
                    new Used<>(BeanIntrospectionReference.class))));
  }

  private record Used<S>(Class<S> service) implements StaticServiceLoader<S> {
    @Override
    public Stream<StaticDefinition<S>> findAll(Predicate<String> wanted) {
      try {
        return MicronautMetaServiceLoaderUtils.findMicronautMetaServiceEntries(
                UnusedBeans.class.getClassLoader(), service.getName())
            .stream()
            .filter(name -> PACKAGES.stream().noneMatch(name::startsWith))
            .filter(wanted)
            .flatMap(name -> instance(name).stream());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Nothing where a library is absent that the bean is for. */
    private Optional<StaticDefinition<S>> instance(String name) {
      try {
        var instance =
            service.cast(
                Class.forName(name, true, UnusedBeans.class.getClassLoader())
                    .getConstructor()
                    .newInstance());
        return Optional.of(StaticDefinition.of(name, () -> instance));
      } catch (ReflectiveOperationException | NoClassDefFoundError absent) {
        return Optional.empty();
      }
    }
  }
}
