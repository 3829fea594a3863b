package dev.tollgate.sites.json;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.Databases.Address;
import dev.tollgate.core.store.Repositories;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

class ShardJsonHistoryOnH2Test extends ShardJsonHistoryPromises {

  @Override
  Databases databases() {
    return TestShard.inMemory();
  }

  @Test
  void aShardThatDoesNotAnswerIsAnErrorThatNamesTheTenant() {
    try (var gone = new Databases(name -> new Address("jdbc:h2:mem:gone;IFEXISTS=TRUE", "", ""));
        var repositories = Repositories.on(gone, "shard")) {
      assertThatThrownBy(() -> repositories.get(ShardJsonHistory.class).last("acme"))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("tenant acme");
    }
  }
}
