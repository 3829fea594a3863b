package dev.tollgate.core.store;

import io.micronaut.context.annotation.Factory;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.function.Supplier;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * What repositories are bound to. Databases come, go and change their credentials while the runtime
 * runs; these two stay, and lead to the one that is meant when a connection is asked for.
 */
@Factory
final class DataSources {

  @Singleton
  @Named(Databases.PLATFORM)
  DataSource platform(Databases databases) {
    return new Led(databases::platform);
  }

  @Singleton
  @Named(TenantScope.SHARD)
  DataSource shard(TenantScope scope) {
    return new Led(scope::current);
  }

  private record Led(Supplier<DataSource> to) implements DataSource {

    @Override
    public Connection getConnection() throws SQLException {
      return to.get().getConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return to.get().getConnection(user, password);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
      return to.get().getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
      to.get().setLogWriter(out);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
      return to.get().getLoginTimeout();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
      to.get().setLoginTimeout(seconds);
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
      throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      if (type.isInstance(this)) {
        return type.cast(this);
      }
      return to.get().unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
      return type.isInstance(this) || to.get().isWrapperFor(type);
    }
  }
}
