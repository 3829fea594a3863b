package dev.tollgate.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.h2.jdbcx.JdbcConnectionPool;
import org.h2.store.fs.Recorder;
import org.h2.store.fs.rec.FilePathRec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process is killed between every two writes to the file of an embedded database that it
 * migrates: the next one finds or makes every table and column.
 */
final class KilledMigrationTest {

  private record Write(int kind, byte[] data, long place) {
    void to(FileChannel file) throws IOException {
      if (kind == Recorder.TRUNCATE) {
        if (place < file.size()) {
          file.truncate(place);
        }
      } else {
        file.write(ByteBuffer.wrap(data), place);
      }
    }
  }

  @TempDir private Path directory;

  @AfterEach
  void recordNothingMore() {
    FilePathRec.setRecorder((kind, file, data, place) -> {});
  }

  @ParameterizedTest
  @ValueSource(strings = {"platform", "shard"})
  void everyTableIsThereAfterwards(String kind) throws Exception {
    var writes = new ArrayList<Write>();
    FilePathRec.register();
    FilePathRec.setRecorder((operation, file, data, place) -> {
      if (file.endsWith(".mv.db")
          && (operation == Recorder.WRITE || operation == Recorder.TRUNCATE)) {
        synchronized (writes) {
          writes.add(new Write(operation, data == null ? new byte[0] : data.clone(), place));
        }
      }
    });
    var whole = migrated("rec:" + directory.resolve("whole"), kind);
    recordNothingMore();

    var copy = directory.resolve("killed.mv.db");
    var wrong = new ArrayList<String>();
    for (int killed = 0; killed <= writes.size(); killed++) {
      written(copy, writes.subList(0, killed));
      try {
        var found = migrated(directory.resolve("killed").toString(), kind);
        if (!found.equals(whole)) {
          var lost = new TreeSet<>(whole);
          lost.removeAll(found);
          var more = new TreeSet<>(found);
          more.removeAll(whole);
          wrong.add("after " + killed + " writes: lost " + lost + " more " + more);
        }
      } catch (Exception e) {
        wrong.add("after " + killed + " writes: " + e + " / " + e.getCause());
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** The file as it was after so many writes, begun as an empty one. */
  private static void written(Path file, List<Write> writes) throws IOException {
    Files.deleteIfExists(file);
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (var write : writes) {
        write.to(channel);
      }
    }
  }

  private static TreeSet<String> migrated(String file, String kind) throws SQLException {
    var address = Databases.embedded(Path.of("x"), "y").jdbcUrl();
    var url = "jdbc:h2:" + file + address.substring(address.indexOf(';'));
    var pool = JdbcConnectionPool.create(url, "tollgate", "");
    try {
      Migrations.run(pool, false, kind);
      var columns = new TreeSet<String>();
      try (var connection = pool.getConnection();
          var found = connection.getMetaData().getColumns(null, null, "%", "%")) {
        while (found.next()) {
          columns.add(found.getString("TABLE_NAME") + "." + found.getString("COLUMN_NAME"));
        }
      }
      return columns;
    } finally {
      pool.dispose();
    }
  }
}
