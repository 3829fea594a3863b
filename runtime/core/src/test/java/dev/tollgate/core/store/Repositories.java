package dev.tollgate.core.store;

import dev.tollgate.core.LibrarySettings;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.ApplicationContextConfiguration;
import io.micronaut.context.DefaultApplicationContext;
import io.micronaut.context.env.PropertySource;
import io.micronaut.data.annotation.Query;
import io.micronaut.data.annotation.Repository;
import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.inject.BeanDefinitionReference;
import io.micronaut.inject.qualifiers.Qualifiers;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The repositories on databases, without the rest of a runtime. */
public final class Repositories implements AutoCloseable {

  /** Where a server for tests need not bring databases. */
  public static final String ENVIRONMENT = "repositories";

  private final ApplicationContext context;

  private Repositories(ApplicationContext context) {
    this.context = context;
  }

  /**
   * @param shard that holds every tenant
   */
  public static Repositories on(Databases databases, String shard) {
    var settings = ApplicationContext.builder().environments(ENVIRONMENT);
    var context = new OnDemand((ApplicationContextConfiguration) settings);
    context.getEnvironment().addPropertySource(PropertySource.of("store", LibrarySettings.ALL));
    context.registerSingleton(databases);
    context.registerSingleton(new TenantScope(databases, tenant -> shard));
    return new Repositories(context.start());
  }

  public <T> T get(Class<T> type) {
    return context.getBean(type);
  }

  /** What repositories of the shards ask databases, by method. */
  public Map<String, String> shardQueries() {
    Map<String, String> queries = new TreeMap<>();
    for (var repository :
        context.getBeanDefinitions(Qualifiers.byStereotype(JdbcRepository.class))) {
      if (repository.stringValue(Repository.class).orElse("").equals(TenantScope.SHARD)) {
        for (var method : repository.getExecutableMethods()) {
          method
              .stringValue(Query.class)
              .ifPresent(
                  query -> queries.put(repository.getName() + "." + method.getName(), query));
        }
      }
    }
    return queries;
  }

  @Override
  public void close() {
    context.close();
  }

  /** Leaves out what a runtime makes at its start and ends at its end, whoever asks. */
  private static final class OnDemand extends DefaultApplicationContext {

    OnDemand(ApplicationContextConfiguration settings) {
      super(settings);
    }

    @Override
    @SuppressWarnings("rawtypes") // as the library has it
    protected List<BeanDefinitionReference> resolveBeanDefinitionReferences() {
      return super.resolveBeanDefinitionReferences().stream()
          .filter(bean -> !bean.isContextScope())
          .filter(bean -> !bean.getBeanDefinitionName().startsWith("dev.tollgate.gateway."))
          .toList();
    }
  }
}
