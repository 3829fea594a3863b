package dev.tollgate.ai.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LineEndsTest {

  @Test
  void findsTheFirstLineEndWhereverItIs() {
    var random = new Random(7);
    var near = "\n\r\t\u000b\u000c\u000e\u008a\u008dx".getBytes(ISO_8859_1);
    for (int round = 0; round < 20_000; round++) {
      var bytes = new byte[random.nextInt(40)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = random.nextInt(4) == 0 ? near[random.nextInt(near.length)] : (byte) 'a';
      }
      int from = random.nextInt(bytes.length + 1);
      int to = from + random.nextInt(bytes.length + 1 - from);

      assertThat(LineEnds.next(bytes, from, to)).isEqualTo(slowly(bytes, from, to));
    }
  }

  private static int slowly(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n' || bytes[i] == '\r') {
        return i;
      }
    }
    return to;
  }
}
