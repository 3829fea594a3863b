package dev.tollgate.sites.json;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

class ShardJsonHistoryOnH2Test extends ShardJsonHistoryPromises {

  @Override
  DataSource shard() {
    return TestShard.create("jdbc:h2:mem:;MODE=MySQL");
  }

  @Test
  void aShardThatDoesNotAnswerIsAnErrorThatNamesTheTenant() {
    var gone = new JdbcDataSource();
    gone.setUrl("jdbc:h2:mem:gone;IFEXISTS=TRUE");

    assertThatThrownBy(() -> new ShardJsonHistory(tenantId -> gone).last("acme"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("tenant acme");
  }
}
