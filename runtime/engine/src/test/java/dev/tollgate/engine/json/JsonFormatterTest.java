package dev.tollgate.engine.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class JsonFormatterTest {
  private static final int WHOLE = Integer.MAX_VALUE;

  @Test
  void indentsOneMemberOrElementALine() {
    assertThat(Scan.format("{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[ ]}", 2, WHOLE))
        .isEqualTo(
            """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "c": {},
              "d": []
            }\
            """);
  }

  @Test
  void minifiesToNoWhiteSpaceBetweenTokensAndKeepsItWithinStrings() {
    assertThat(Scan.format(" { \"a b\" : [ 1 , \" c \" ]\r\n}\t", 0, WHOLE))
        .isEqualTo("{\"a b\":[1,\" c \"]}");
  }

  @Test
  void keepsNumbersAndEscapesAsTheyWereWritten() {
    String document = "[1.50,-0,1E+2,\"\\u00e9\\/\"]";

    assertThat(Scan.format(document, 0, 1)).isEqualTo(document);
  }

  @Test
  void textsLongerThanTheBufferPassWhole() {
    String document = "[\"" + "x".repeat(50_000) + "\",\"" + "é".repeat(50_000) + "\"]";

    assertThat(Scan.format(document, 0, WHOLE)).isEqualTo(document);
  }

  @Test
  void aWrongDocumentIsReportedAndNotEnded() {
    var formatter = JsonFormatter.minifying(JsonLimits.DEFAULT, (bytes, offset, length) -> {});

    assertThat(formatter.feed("[1,]".getBytes(UTF_8), 0, 4)).isFalse();
    assertThat(formatter.finish()).isFalse();
    assertThat(formatter.error()).isNotNull();
  }

  @Test
  void anIndentThatNobodyReadsIsRefused() {
    assertThatThrownBy(
            () -> JsonFormatter.indenting(JsonLimits.DEFAULT, 17, (bytes, from, length) -> {}))
        .hasMessage("indent must be 1 to 16 spaces, not 17");
  }
}
