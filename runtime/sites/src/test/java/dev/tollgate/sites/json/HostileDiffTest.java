package dev.tollgate.sites.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests made to cost as much as the limits allow. */
@Timeout(20)
class HostileDiffTest {
  private static final JsonToolLimits DEFAULT =
      new JsonToolLimits(1L << 30, 512, 256, 10 * 1024 * 1024, 500_000, 2);

  private final DiffRequest diff = new DiffRequest(DEFAULT);

  @Test
  void aLargeValueUnderManyLevelsIsNotComparedOnceForEachLevel() throws Exception {
    String large = "[" + "1,".repeat(200_000) + "1]";
    String left = "[".repeat(500) + large + ",1" + "]".repeat(500);
    String right = "[".repeat(500) + large + ",2" + "]".repeat(500);

    assertThat(patch(left, right)).contains("\"op\":\"replace\"").endsWith("\"value\":2}]");
  }

  @Test
  void aLongNameOverManyChangesDoesNotMakeAnEndlessPatch() throws Exception {
    String name = "x".repeat(1_000_000);
    String left = "{\"%s\":[%s1]}".formatted(name, "1,".repeat(100_000));
    String right = "{\"%s\":[%s2]}".formatted(name, "2,".repeat(100_000));

    assertThat(patch(left, right)).startsWith("[{\"op\":\"replace\",\"path\":\"\",");
  }

  @Test
  void manyArraysOfTheMostExpensiveLengthTakeSeconds() throws Exception {
    String left = ("[" + "1,2,".repeat(475) + "1],").repeat(250);
    String right = ("[" + "3,4,".repeat(475) + "3],").repeat(250);

    assertThat(patch("[" + left + "1]", "[" + right + "1]")).startsWith("[{\"op\":\"replace\"");
  }

  @Test
  void namesWithTheSameHashDoNotMakeItSlow() throws Exception {
    var members = new StringBuilder();
    for (int i = 0; i < 1 << 15; i++) {
      var name = new StringBuilder();
      for (int bit = 0; bit < 15; bit++) {
        name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      members.append('"').append(name).append("\":1,");
    }
    String left = "{" + members + "\"z\":1}";
    String right = "{" + members + "\"z\":2}";

    assertThat(patch(left, right)).isEqualTo("[{\"op\":\"replace\",\"path\":\"/z\",\"value\":2}]");
  }

  private String patch(String left, String right) throws InterruptedException {
    String request = "{\"left\":%s,\"right\":%s}".formatted(left, right);
    var answer = diff.answer(request.getBytes(UTF_8));
    assertThat(answer).isInstanceOf(DiffRequest.Answer.Patch.class);
    return new String(((DiffRequest.Answer.Patch) answer).json(), UTF_8);
  }
}
