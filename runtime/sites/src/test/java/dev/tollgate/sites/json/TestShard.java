package dev.tollgate.sites.json;

import dev.tollgate.core.store.TenantData;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/** A shard in memory, with the table the product's migration makes. */
@Factory
final class TestShard {

  @Singleton
  TenantData shards() {
    var shard = create("jdbc:h2:mem:;MODE=MySQL");
    return tenantId -> shard;
  }

  static DataSource create(String url) {
    var shard = new JdbcDataSource();
    shard.setUrl(url.replace("mem:", "mem:" + UUID.randomUUID()) + ";DB_CLOSE_DELAY=-1");
    migrate(shard);
    return shard;
  }

  static void migrate(DataSource shard) {
    try (var script =
            Objects.requireNonNull(
                TestShard.class.getResourceAsStream("/db/shard/V100__json_history.sql"));
        var connection = shard.getConnection();
        var statement = connection.createStatement()) {
      String ddl = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      statement.execute(ddl.replaceAll("(?m)^--.*$", "").strip().replaceAll(";$", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
