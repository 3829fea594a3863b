package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.metering.MappedUsageLog;
import dev.tollgate.core.metering.MappedUsageLog.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a runtime keeps on disk is its user's alone. */
class PrivateDataTest {

  @Test
  void databasesAndUsageAreTheirOwners(@TempDir Path directory) throws IOException {
    var data = directory.resolve("above/data");
    try (var databases = Databases.embedded(data);
        var log = MappedUsageLog.open(data.resolve("usage"), new Sizes(1 << 16, 4, 0))) {
      assertThat(log.isFull()).isFalse();
      assertThat(databases.platform()).isNotNull();
      assertThat(databases.shard("shard")).isNotNull();
      for (var made : new String[] {"", "usage", "shards"}) {
        assertThat(mode(data.resolve(made))).as(made).isEqualTo("rwx------");
      }
      for (var made :
          new String[] {"platform.mv.db", "shards/shard.mv.db", "usage/0000000000000001.segment"}) {
        assertThat(mode(data.resolve(made))).as(made).isEqualTo("rw-------");
      }
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
