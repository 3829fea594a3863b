package dev.tollgate.operator.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class MariaDbScriptTest {

  @Test
  void aFullVolumeIsThePodsLastWord(@TempDir Path directory) throws Exception {
    var words = directory.resolve("words");
    run(directory, words, "/dev/full");
    assertThat(words).hasContent("no room is left on the volume; enlarge its claim");
  }

  @Test
  void whereThereIsRoomNothingIsSaidAndNothingStays(@TempDir Path directory) throws Exception {
    var words = directory.resolve("words");
    run(directory, words, directory.resolve("mysql/.room").toString());
    assertThat(words).doesNotExist();
    assertThat(directory.resolve("mysql/.room")).doesNotExist();
  }

  /** What the script does before it installs. */
  private static void run(Path directory, Path words, String room) throws Exception {
    Files.createDirectories(directory.resolve("mysql"));
    var before = MariaDbScript.START.substring(0, MariaDbScript.START.indexOf("rm -f /var"));
    var after = room.equals("/dev/full") ? "" : "rm -f /var/lib/mysql/.room\n";
    var script =
        (before + after)
            .replace("/var/lib/mysql/.room", room)
            .replace("/var/lib/mysql", directory.resolve("mysql").toString())
            .replace("/dev/termination-log", words.toString());
    var shell = new ProcessBuilder("sh", "-c", script).inheritIO().start();
    assertThat(shell.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(shell.exitValue()).isZero();
  }
}
