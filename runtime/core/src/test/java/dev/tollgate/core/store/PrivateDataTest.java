package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.core.SmallDisk;
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

  @Test
  void aFileIsWrittenWholeOrNotAtAll(@TempDir Path directory) throws Exception {
    try (var _ = new SmallDisk(directory, 1)) {
      var token = directory.resolve("admin.token");
      PrivateFiles.write(token, "before");
      var filler = directory.resolve("filler");
      assertThatThrownBy(() -> Files.write(filler, new byte[2 << 20]))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> PrivateFiles.write(token, "after")).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> PrivateFiles.write(directory.resolve("first"), "new"))
          .isInstanceOf(IOException.class);
      assertThat(token).hasContent("before");
      assertThat(directory.toFile().list()).containsExactlyInAnyOrder("admin.token", "filler");
      Files.delete(filler);
      PrivateFiles.write(token, "after");
      assertThat(token).hasContent("after");
      assertThat(mode(token)).isEqualTo("rw-------");
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
