package dev.tollgate.ai.protocol.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCursorTest {

  private static final ObjectMapper PLAIN = new ObjectMapper();
  private static final ObjectMapper ESCAPING =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  @Property
  void aStringIsReadAsJacksonWritesIt(@ForAll String text, @ForAll boolean escaping)
      throws JsonProcessingException {
    Assume.that(UTF_8.newEncoder().canEncode(text));
    JsonCursor cursor = cursor((escaping ? ESCAPING : PLAIN).writeValueAsString(text));

    assertThat(cursor.string().decoded()).isEqualTo(text);
    assertThat(cursor.atEnd()).isTrue();
  }

  @Property
  void aStringIsWrittenAsJacksonReadsIt(@ForAll String text) throws JsonProcessingException {
    Assume.that(UTF_8.newEncoder().canEncode(text));
    String json = new String(new JsonOutput(4).string(text).take(), UTF_8);

    assertThat(PLAIN.readTree(json).textValue()).isEqualTo(text);
  }

  @Property
  void aValueIsSkippedToItsEnd(@ForAll("values") JsonNode value) throws JsonProcessingException {
    String json = PLAIN.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    JsonCursor cursor = cursor("[" + json + ", 17]");

    assertThat(cursor.enterArray()).isTrue();
    assertThat(cursor.nextElement()).isTrue();
    cursor.skip();
    assertThat(cursor.nextElement()).isTrue();
    assertThat(cursor.count()).isEqualTo(17);
    assertThat(cursor.nextElement()).isFalse();
    assertThat(cursor.atEnd()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"9223372036854775807", "18446744073709551615", "10000000000001", "9e18", "-1"})
  void whatNobodyCountsIsNoCount(String number) {
    JsonCursor cursor = cursor("[" + number + ", 10000000000000]");

    assertThat(cursor.enterArray()).isTrue();
    assertThat(cursor.nextElement()).isTrue();
    assertThat(cursor.count()).isEqualTo(number.equals("9e18") ? 9 : -1);
    assertThat(cursor.nextElement()).isTrue();
    assertThat(cursor.count()).isEqualTo(10_000_000_000_000L);
    assertThat(cursor.nextElement()).isFalse();
  }

  @Property
  void aDocumentThatIsCutIsMalformed(
      @ForAll("values") JsonNode value, @ForAll @IntRange(min = 1, max = 100) int percent)
      throws JsonProcessingException {
    byte[] json = ("{\"a\":" + PLAIN.writeValueAsString(value) + "}").getBytes(UTF_8);
    var cursor = new JsonCursor(64);
    cursor.reset(json, 0, (json.length - 1) * percent / 100);

    assertThatThrownBy(cursor::skip).isInstanceOf(MalformedJson.class);
  }

  @Test
  void nestingHasAnEnd() {
    JsonCursor cursor = cursor("[".repeat(65) + "]".repeat(65));

    assertThatThrownBy(cursor::skip)
        .isInstanceOf(MalformedJson.class)
        .hasMessageContaining("64 deep");
  }

  @Test
  void anIndexThatIsTooLargeIsMalformed() {
    assertThatThrownBy(cursor("99999999999999999999")::index).isInstanceOf(MalformedJson.class);
    assertThatThrownBy(cursor("10001")::index).isInstanceOf(MalformedJson.class);
  }

  @Provide
  Arbitrary<JsonNode> values() {
    return Arbitraries.lazyOf(
        () -> Arbitraries.strings().ofMaxLength(8).map(JsonNodeFactory.instance::textNode),
        () -> Arbitraries.doubles().map(JsonNodeFactory.instance::numberNode),
        () -> Arbitraries.of(true, false).map(JsonNodeFactory.instance::booleanNode),
        () ->
            values()
                .list()
                .ofMaxSize(3)
                .map(list -> {
                  ArrayNode array = JsonNodeFactory.instance.arrayNode();
                  list.forEach(array::add);
                  return array;
                }),
        () ->
            values()
                .list()
                .ofMaxSize(3)
                .map(list -> {
                  ObjectNode object = JsonNodeFactory.instance.objectNode();
                  list.forEach(value -> object.set("k\"" + object.size(), value));
                  return object;
                }));
  }

  private static JsonCursor cursor(String json) {
    byte[] bytes = json.getBytes(UTF_8);
    var cursor = new JsonCursor(64);
    cursor.reset(bytes, 0, bytes.length);
    return cursor;
  }
}
