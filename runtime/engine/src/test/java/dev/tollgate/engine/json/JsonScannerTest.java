package dev.tollgate.engine.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "10",
        "1.5",
        "1e5",
        "1E+5",
        "0e-0",
        "0.0e1",
        "-12.34E-56",
        "123456789012345678901234567890",
        "1e999999",
        "\"\"",
        "\"a\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uABCD\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"é€😀\u007F\uFEFF\u2028\"",
        "[]",
        "{}",
        " [ ] ",
        "\t\r\n{ }\n",
        "[1,2,3]",
        "[[],{},[[]]]",
        "{\"\":0}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":[null,true,false,\"x\",1.0]}}",
      })
  void acceptsWhatTheGrammarAccepts(String document) {
    assertThat(Scan.errorOf(document)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "undefined",
        "NaN",
        "-Infinity",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "-",
        "-a",
        "1e",
        "1e+",
        "1.e5",
        "0x10",
        "1_000",
        "1 2",
        "'a'",
        "\"",
        "\"a",
        "\"\t\"",
        "\"\n\"",
        "\"\u0000\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"\\\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1}",
        "[1]]",
        "]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":}",
        "{\"a\"::1}",
        "{\"a\",1}",
        "{a:1}",
        "{1:1}",
        "{,}",
        "{\"a\":1]",
        "{\"a\":1}}",
        "[1]//",
        "/**/1",
        "#1",
        "\uFEFF1",
        "\u00A01",
        "[1]\f",
        "é",
      })
  void refusesWhatTheGrammarDoesNotAccept(String document) {
    assertThat(Scan.errorOf(document)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\u0080\"",
        "\"\u00BF\"",
        "\"\u00C0\u0080\"",
        "\"\u00C1\u00BF\"",
        "\"\u00C3\"",
        "\"\u00E0\u0080\u0080\"",
        "\"\u00ED\u00A0\u0080\"",
        "\"\u00E2\u0082\"",
        "\"\u00F0\u0080\u0080\u0080\"",
        "\"\u00F4\u0090\u0080\u0080\"",
        "\"\u00F5\u0080\u0080\u0080\"",
        "\"\u00FF\"",
      })
  void refusesBytesThatAreNotUtf8AndPointsToTheBeginningOfTheBrokenCharacter(String latin1) {
    JsonError error = Scan.errorOfBytes(latin1);

    assertThat(error).isNotNull();
    assertThat(error.message()).startsWith("Not UTF-8");
    assertThat(error.offset()).isEqualTo(1);
    assertThat(error.column()).isEqualTo(2);
  }

  @Test
  void columnsCountCodePointsAndOffsetsCountBytes() {
    assertError("[\"é€😀\" x]", 1, 8, 13, "", "Unexpected 'x': expected ',' or ']'.");
  }

  @Test
  void aBrokenCharacterAfterOthersHasTheColumnOfItsFirstByte() {
    JsonError error = Scan.errorOfBytes("\"\u00C3\u00A9\u00E2\u0082\"");

    assertThat(error).isNotNull();
    assertThat(error.column()).isEqualTo(3);
    assertThat(error.offset()).isEqualTo(3);
  }

  @Test
  void linesEndWithLfCrOrBoth() {
    assertError("[\n1,\r\n2,\r3\n\r,x]", 6, 2, 13, "/3", "Unexpected 'x': expected a value.");
  }

  @Test
  void aMissingValueIsPointedTo() {
    assertError("{\"a\":[1,{\"b\":}]}", 1, 14, 13, "/a/1/b", "Unexpected '}': expected a value.");
  }

  @Test
  void aTrailingCommaInAnArrayPointsToTheElementThatIsMissing() {
    assertError(
        "{\"a\":[1,2,]}",
        1,
        11,
        10,
        "/a/2",
        "Unexpected ']' after a comma: remove the comma or add an element.");
  }

  @Test
  void aTrailingCommaInAnObjectPointsToTheObject() {
    assertError(
        "{\"a\":{\"b\":1,}}",
        1,
        13,
        12,
        "/a",
        "Unexpected '}' after a comma: remove the comma or add a member.");
  }

  @Test
  void aMissingCommaPointsToTheObjectItIsMissingIn() {
    assertError(
        "{\"a\":{\"b\":1 \"c\":2}}", 1, 13, 12, "/a", "Unexpected '\"': expected ',' or '}'.");
  }

  @Test
  void aMissingColonPointsToTheMember() {
    assertError("{\"a\" 1}", 1, 6, 5, "/a", "Unexpected '1': expected ':'.");
  }

  @Test
  void anErrorWithinAStringPointsToTheString() {
    assertError(
        "{\"a\":[\"x\\q\"]}",
        1,
        10,
        9,
        "/a/0",
        "No such escape: after '\\' must come one of \" \\ / b f n r t u;"
            + " write '\\\\' for a reverse solidus.");
  }

  @Test
  void anErrorWithinANamePointsToTheObject() {
    JsonError error = Scan.errorOf("{\"a\":{\"b\":1,\"c\n\":2}}");

    assertThat(error).isNotNull();
    assertThat(error.pointer()).isEqualTo("/a");
  }

  @Test
  void aDocumentThatEndsEarlySaysWhatIsMissingBehindItsLastByte() {
    assertError(
        "{\"a\":[1\n", 2, 1, 8, "/a", "The document ends too early: ',' or ']' is missing.");
  }

  @Test
  void anEmptyDocumentSaysSo() {
    assertError("", 1, 1, 0, "", "The document is empty: a JSON value is missing.");
  }

  @Test
  void whatFollowsTheDocumentIsAnError() {
    assertError(
        "{} {}",
        1,
        4,
        3,
        "",
        "Unexpected '{': expected nothing more after the end of the document.");
  }

  @Test
  void aSuperfluousZeroIsPointedTo() {
    assertError("[0,-01]", 1, 6, 5, "/1", "A number must not begin with a superfluous zero.");
  }

  @Test
  void pointersEscapeTildeAndSlashAndDecodeEscapesInNames() {
    JsonError error = Scan.errorOf("{\"a/b~c\\u00e9\\n\\\"\\ud83d\\ude00\":[x]}");

    assertThat(error).isNotNull();
    assertThat(error.pointer()).isEqualTo("/a~1b~0cé\n\"😀/0");
  }

  @Test
  void halfASurrogatePairInANameDoesNotSpoilThePointer() {
    JsonError error = Scan.errorOf("{\"\\ud800\":x}");

    assertThat(error).isNotNull();
    assertThat(error.pointer()).isEqualTo("/\uFFFD");
  }

  @Test
  void pointersForgetNamesAndIndexesOfWhatWasClosed() {
    JsonError error = Scan.errorOf("{\"a\":{\"bbb\":[1,2,3],\"c\":{}},\"d\":[[],[],x]}");

    assertThat(error).isNotNull();
    assertThat(error.pointer()).isEqualTo("/d/2");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14})
  void longNamesAreCutBetweenCharacters(int kept) {
    byte[] document = "{\"aé\\u20AC😀\":x}".getBytes(UTF_8);
    JsonError error = Scan.errorOf(document, 3, new JsonLimits(8, kept));

    assertThat(error).isNotNull();
    String expected = kept < 3 ? "/a…" : kept < 9 ? "/aé…" : kept < 13 ? "/aé€…" : "/aé€😀";
    assertThat(error.pointer()).isEqualTo(expected);
  }

  @Test
  void theDepthLimitIsTheLastDepthThatIsAccepted() {
    var limits = new JsonLimits(20, 8);

    assertThat(Scan.errorOf(("[".repeat(20) + "]".repeat(20)).getBytes(UTF_8), 7, limits)).isNull();
    JsonError error = Scan.errorOf("[".repeat(21).getBytes(UTF_8), 7, limits);
    assertThat(error).isNotNull();
    assertThat(error.offset()).isEqualTo(20);
    assertThat(error.pointer()).isEqualTo("/0".repeat(20));
    assertThat(error.message()).isEqualTo("Nested too deep: at most 20 levels are accepted.");
  }

  @Test
  void aByteOrderMarkIsNamed() {
    assertError(
        "\uFEFF{}", 1, 1, 0, "", "Unexpected byte 0xEF: save as UTF-8 without a byte order mark.");
  }

  @Test
  void buffersOutsideTheHeapAreReadToo() {
    byte[] document = ("[" + "1,".repeat(20_000) + "x]").getBytes(UTF_8);
    var buffer = ByteBuffer.allocateDirect(document.length).put(document).flip();
    var scanner = new JsonScanner(JsonLimits.DEFAULT, JsonTokens.NONE);

    assertThat(scanner.feed(buffer)).isFalse();
    assertThat(scanner.error()).isNotNull();
    assertThat(scanner.error().pointer()).isEqualTo("/20000");
  }

  private static void assertError(
      String document, long line, long column, long offset, String pointer, String message) {
    assertThat(Scan.errorOf(document))
        .isEqualTo(new JsonError(line, column, offset, pointer, message));
  }
}
