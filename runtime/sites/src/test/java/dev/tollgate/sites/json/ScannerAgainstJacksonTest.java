package dev.tollgate.sites.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.engine.json.JsonFormatter;
import dev.tollgate.engine.json.JsonLimits;
import dev.tollgate.engine.json.JsonScanner;
import dev.tollgate.engine.json.JsonTokens;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** A second opinion on every document. */
class ScannerAgainstJacksonTest {
  private static final JsonMapper JACKSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final List<String> PIECES =
      List.of(
          "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "1", "0", "-", ".", "e", "E+", " ",
          "\n", "\\", "\\u", "00e9", "true", "null", "false", "é", "€", "😀", "\t", "nul", "/");

  @Property(tries = 3000)
  void bothAcceptTheSameShreds(@ForAll Random random) {
    var document = new StringBuilder();
    for (int i = random.nextInt(1, 9); i > 0; i--) {
      document.append(PIECES.get(random.nextInt(PIECES.size())));
    }

    assertSameOpinion(document.toString().getBytes(UTF_8));
  }

  @Property(tries = 3000)
  void bothAcceptTheSameDamagedDocuments(@ForAll Random random) {
    byte[] document =
        "{\"aé\":[1,-2.5e+3,true,\"\\u20ac\\n😀\",null],\"b\":{},\"c\":[[],{\"d\":false}]}"
            .getBytes(UTF_8);
    for (int i = random.nextInt(1, 3); i > 0; i--) {
      byte[] from =
          random.nextBoolean() ? document.clone() : "{}[],:\"019-.eE \\tn".getBytes(UTF_8);
      document[random.nextInt(document.length)] = from[random.nextInt(from.length)];
    }

    assertSameOpinion(document);
  }

  @Example
  void formattingChangesNothingThatJacksonReads() throws IOException {
    String document =
        "{\"aé\":[1,-2.5e+3,true,\"\\u20ac\\n😀\",null],\"b\":{},\"c\":[[],{\"d\":0.10}]}";
    var out = new ByteArrayOutputStream();
    var formatter = JsonFormatter.indenting(JsonLimits.DEFAULT, 3, out::write);
    byte[] bytes = document.getBytes(UTF_8);
    formatter.feed(bytes, 0, bytes.length);
    formatter.finish();

    assertThat(JACKSON.readTree(out.toByteArray())).isEqualTo(JACKSON.readTree(bytes));
  }

  private static void assertSameOpinion(byte[] document) {
    var scanner = new JsonScanner(JsonLimits.DEFAULT, JsonTokens.NONE);
    scanner.feed(document, 0, document.length);
    boolean valid = scanner.finish();

    assertThat(valid)
        .as("%s: %s", new String(document, UTF_8), scanner.error())
        .isEqualTo(isUtf8(document) && jackson(document) != null);
  }

  /** Jackson takes overlong forms, which are not UTF-8 (RFC 3629, 3). */
  private static boolean isUtf8(byte[] document) {
    try {
      var _ = UTF_8.newDecoder().decode(ByteBuffer.wrap(document));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static @Nullable JsonNode jackson(byte[] document) {
    try {
      JsonNode node = JACKSON.readTree(document);
      return node == null || node.isMissingNode() ? null : node;
    } catch (JsonProcessingException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
